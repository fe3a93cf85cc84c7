//! An array in leaves, which copies of it share.

use std::sync::Arc;

/// Elements in a leaf, and leaves in a chunk, as a power of two.
const BITS: usize = 6;
const LEAF: usize = 1 << BITS;
const MASK: usize = LEAF - 1;

type Leaf<T> = Arc<[T]>;
type Chunk<T> = Arc<[Leaf<T>]>;

/// See the module. Cloning it costs one step for each 4,096 elements.
#[derive(Clone, Debug)]
pub(crate) struct Array<T> {
    spine: Vec<Chunk<T>>,
    len: usize,
}

impl<T> Default for Array<T> {
    fn default() -> Self {
        Array { spine: Vec::new(), len: 0 }
    }
}

impl<T> Array<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub fn get(&self, at: usize) -> Option<&T> {
        // Leaves are filled up with elements that nobody put there.
        if at >= self.len {
            return None;
        }
        self.spine.get(at >> (2 * BITS))?.get(at >> BITS & MASK)?.get(at & MASK)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.spine.iter().flat_map(|chunk| chunk.iter().flat_map(|leaf| leaf.iter())).take(self.len)
    }

    /// The positions that `other` may have other elements at: those that the two do not share.
    pub fn unshared<'a>(&'a self, other: &'a Array<T>) -> impl Iterator<Item = usize> + 'a {
        let chunks = 0..self.spine.len().max(other.spine.len());
        chunks
            .filter_map(move |chunk| match (self.spine.get(chunk), other.spine.get(chunk)) {
                (Some(a), Some(b)) if Arc::ptr_eq(a, b) => None,
                (a, b) => Some((chunk, a.map_or(&[][..], |a| &**a), b.map_or(&[][..], |b| &**b))),
            })
            .flat_map(move |(chunk, a, b)| {
                let leaves = 0..a.len().max(b.len());
                let is_shared = move |leaf: &usize| match (a.get(*leaf), b.get(*leaf)) {
                    (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                    _ => false,
                };
                let unshared = leaves.filter(move |leaf| !is_shared(leaf));
                unshared.map(move |leaf| (chunk << BITS | leaf) << BITS)
            })
            .flat_map(|start| start..start + LEAF)
            .take_while(move |at| *at < self.len.max(other.len))
    }

    /// Bytes of the elements and of what finds them, as if nothing were shared.
    pub fn bytes(&self) -> usize {
        let leaves: usize = self.spine.iter().map(|chunk| chunk.len()).sum();
        leaves * (LEAF * size_of::<T>() + size_of::<Leaf<T>>() + 16)
            + self.spine.len() * size_of::<Chunk<T>>()
    }
}

impl<T: Clone + Default> Array<T> {
    /// A place to write to, which no copy sees.
    #[inline]
    pub fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        if at >= self.len {
            return None;
        }
        let chunk = Arc::make_mut(self.spine.get_mut(at >> (2 * BITS))?);
        Arc::make_mut(chunk.get_mut(at >> BITS & MASK)?).get_mut(at & MASK)
    }

    /// Adds an element at the end.
    pub fn push(&mut self, element: T) {
        let at = self.len;
        if at & MASK == 0 {
            let leaf: Leaf<T> = (0..LEAF).map(|_| T::default()).collect();
            match self.spine.get_mut(at >> (2 * BITS)) {
                Some(chunk) => *chunk = chunk.iter().cloned().chain([leaf]).collect(),
                None => self.spine.push([leaf].into()),
            }
        }
        self.len += 1;
        if let Some(place) = self.get_mut(at) {
            *place = element;
        }
    }
}
