//! Who is in what: the direct parents of each entity, and from them all ancestors, kept up as parents change.
//!
//! ```text
//! kin        for each entity its lineage, its neighbours among those with the same one, and the first edge to it
//! lineages   for each list of direct parents that some entity has: the cell of all ancestors, and the first entity
//! edges      for each parent in the list of a lineage: that lineage, and the next one that has this parent
//!
//! cell       ..[bits 64..127][bits 0..63] -> [n, ancestor, ...]     ascending
//! ```
//! Siblings share one cell. Bit i of a cell whose ancestors are all of one type says whether number i of that type is among them, for
//! as many numbers as the type's [`Hierarchy::bits`]; for others the list is searched. The cell of no ancestors has bits for any type.
//!
//! Everything is persistent: a clone shares memory, and a change costs as much as there are entities below those whose parents change.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::names::{Names, Unfit, entity_number, entity_type};
use crate::persistent::{Array, Map};

/// Ancestor lists may take so many words for each entity that has parents, on average, beyond a first few millions. A chain of a
/// million parents would need more than any machine has; the interpreter, which walks, decides over such data.
const WORDS_PER_ENTITY: usize = 256;
const FREE_WORDS: usize = 1 << 24;

/// Numbers of a type that have a bit.
const MOST_BITS: usize = 512;

/// "No entity": beyond all words.
const NOBODY: u64 = u64::MAX;

/// What is kept of an entity.
#[derive(Clone, Debug)]
struct Kin {
    /// 1 + its position; 0: it has no parents.
    lineage: u32,
    /// 1 + the first edge to this entity, or 0.
    first_edge: u32,
    /// Neighbours among the entities of its lineage.
    previous: u64,
    next: u64,
}

impl Default for Kin {
    fn default() -> Self {
        Kin { lineage: 0, first_edge: 0, previous: NOBODY, next: NOBODY }
    }
}

/// What entities with the same direct parents share.
#[derive(Clone)]
struct Lineage {
    /// `None` until it is known.
    cell: Option<Cell>,
    /// One for each parent: 1 + its place.
    edges: Arc<[u32]>,
    first: u64,
}

/// Memory of a cell of ancestors, and where in it the list begins.
#[derive(Clone)]
struct Cell {
    words: Arc<[u64]>,
    start: u32,
}

impl Cell {
    fn word(&self) -> u64 {
        self.words.as_ptr().wrapping_add(self.start as usize) as u64
    }

    fn ancestors(&self) -> &[u64] {
        self.words.get(self.start as usize + 1..).unwrap_or_default()
    }
}

/// That a lineage has a parent.
#[derive(Clone, Debug, Default)]
struct Edge {
    lineage: u32,
    /// 1 + the place of the neighbours among the edges to the same parent, or 0. Of a free place, `next` is the next free one.
    previous: u32,
    next: u32,
}

/// See the module.
#[derive(Clone)]
pub(super) struct Hierarchy {
    /// By type and number.
    kin: Vec<Array<Kin>>,
    lineages: Map<Arc<[u64]>, Lineage>,
    edges: Array<Edge>,
    /// 1 + a free place among the edges, or 0.
    free_edge: u32,
    /// Entities with parents.
    members: usize,
    /// Words of all cells.
    words: usize,
    /// By type.
    bits: Arc<[usize]>,
    /// Of no ancestors.
    none: Cell,
}

impl Hierarchy {
    /// Nobody is in anything. How many numbers of a type have bits depends on how many there are now.
    pub(super) fn new(names: &Names, types: usize) -> Hierarchy {
        let bits = |ty| (names.count(ty) * 2).next_multiple_of(64).min(MOST_BITS);
        let bits: Arc<[usize]> = (0..types).map(bits).collect();
        let none = cell(bits.iter().max().copied().unwrap_or(0) / 64, &[]);
        Hierarchy {
            kin: vec![Array::default(); types],
            lineages: Map::default(),
            edges: Array::default(),
            free_edge: 0,
            members: 0,
            words: 0,
            bits,
            none,
        }
    }

    /// How many numbers of a type have a bit in cells whose ancestors are all of that type.
    pub(super) fn bits(&self, ty: usize) -> u64 {
        self.bits.get(ty).map_or(0, |bits| *bits as u64)
    }

    /// The set cell of no ancestors.
    pub(super) fn none(&self) -> u64 {
        self.none.word()
    }

    /// The set cell of an entity's ancestors, which lives as long as `self` and its clones in which the entity has these parents.
    pub(super) fn cell(&self, entity: u64) -> u64 {
        self.cell_of(entity).unwrap_or(&self.none).word()
    }

    /// All ancestors of an entity, ascending.
    pub(super) fn ancestors(&self, entity: u64) -> &[u64] {
        self.cell_of(entity).map_or(&[], Cell::ancestors)
    }

    /// All entities with this direct parent, each once.
    pub(super) fn children(&self, parent: u64) -> impl Iterator<Item = u64> + '_ {
        let edge = |edge: u32| self.edges.get((edge as usize).checked_sub(1)?);
        let first = self.kin(parent).and_then(|kin| edge(kin.first_edge));
        std::iter::successors(first, move |of| edge(of.next))
            .filter_map(|edge| Some(self.lineages.at(edge.lineage as usize)?.1.first))
            .flat_map(move |first| {
                let known = |entity: u64| (entity != NOBODY).then_some(entity);
                std::iter::successors(known(first), move |entity| known(self.kin(*entity)?.next))
            })
    }

    /// Bytes of it all, as if nothing were shared.
    pub(super) fn bytes(&self) -> usize {
        let kin: usize = self.kin.iter().map(Array::bytes).sum();
        let parents: usize = self.lineages.keys().map(|parents| 48 + parents.len() * 12).sum();
        kin + self.lineages.bytes() + parents + self.edges.bytes() + self.words * 8
    }

    fn kin(&self, entity: u64) -> Option<&Kin> {
        self.kin.get(entity_type(entity).index())?.get(entity_number(entity))
    }

    fn kin_mut(&mut self, entity: u64) -> Result<&mut Kin, Unfit> {
        let kin = self.kin.get_mut(entity_type(entity).index()).ok_or(Unfit)?;
        while kin.len() <= entity_number(entity) {
            kin.push(Kin::default());
        }
        kin.get_mut(entity_number(entity)).ok_or(Unfit)
    }

    fn lineage(&self, entity: u64) -> Option<usize> {
        (self.kin(entity)?.lineage as usize).checked_sub(1)
    }

    fn cell_of(&self, entity: u64) -> Option<&Cell> {
        self.lineages.at(self.lineage(entity)?)?.1.cell.as_ref()
    }

    fn lineage_mut(&mut self, at: usize) -> Result<&mut Lineage, Unfit> {
        self.lineages.at_mut(at).ok_or(Unfit)
    }

    /// Gives an entity these direct parents, which ascend without repeats; whether it had others. Ancestors are not up to date until
    /// [`Hierarchy::refresh`].
    pub(super) fn set_parents(&mut self, entity: u64, parents: &[u64]) -> Result<bool, Unfit> {
        let old = self.lineage(entity);
        let had = old.and_then(|at| self.lineages.at(at)).map_or(&[][..], |(parents, _)| parents);
        if had == parents {
            return Ok(false);
        }
        if let Some(old) = old {
            self.leave(entity, old)?;
        }
        if !parents.is_empty() {
            self.join(entity, parents)?;
        }
        Ok(true)
    }

    fn join(&mut self, entity: u64, parents: &[u64]) -> Result<(), Unfit> {
        let at = match self.lineages.position(parents) {
            Some(at) => at,
            None => {
                let lineage = Lineage { cell: None, edges: Arc::default(), first: NOBODY };
                let (at, _) = self.lineages.insert(parents.into(), lineage);
                let edges: Result<Arc<[u32]>, Unfit> =
                    parents.iter().map(|parent| self.add_edge(*parent, at as u32)).collect();
                self.lineage_mut(at)?.edges = edges?;
                at
            }
        };
        let first = std::mem::replace(&mut self.lineage_mut(at)?.first, entity);
        let kin = self.kin_mut(entity)?;
        (kin.lineage, kin.previous, kin.next) = (1 + at as u32, NOBODY, first);
        if first != NOBODY {
            self.kin_mut(first)?.previous = entity;
        }
        self.members += 1;
        Ok(())
    }

    fn leave(&mut self, entity: u64, at: usize) -> Result<(), Unfit> {
        let kin = self.kin_mut(entity)?;
        let (previous, next) = (kin.previous, kin.next);
        (kin.lineage, kin.previous, kin.next) = (0, NOBODY, NOBODY);
        self.members -= 1;
        if next != NOBODY {
            self.kin_mut(next)?.previous = previous;
        }
        if previous != NOBODY {
            self.kin_mut(previous)?.next = next;
            return Ok(());
        }
        self.lineage_mut(at)?.first = next;
        if next != NOBODY {
            return Ok(());
        }
        // That was the last one.
        let (parents, _) = self.lineages.at(at).ok_or(Unfit)?;
        let parents = Arc::clone(parents);
        let lineage = self.lineages.remove(&parents).ok_or(Unfit)?;
        self.words -= lineage.cell.map_or(0, |cell| cell.words.len());
        for (parent, edge) in parents.iter().zip(lineage.edges.iter()) {
            self.remove_edge(*parent, *edge)?;
        }
        Ok(())
    }

    fn edge_mut(&mut self, edge: u32) -> Result<&mut Edge, Unfit> {
        self.edges.get_mut((edge as usize).wrapping_sub(1)).ok_or(Unfit)
    }

    /// 1 + the place of the new edge.
    fn add_edge(&mut self, parent: u64, lineage: u32) -> Result<u32, Unfit> {
        let edge = match self.free_edge {
            0 => {
                self.edges.push(Edge::default());
                u32::try_from(self.edges.len()).map_err(|_| Unfit)?
            }
            free => {
                self.free_edge = self.edge_mut(free)?.next;
                free
            }
        };
        let next = std::mem::replace(&mut self.kin_mut(parent)?.first_edge, edge);
        *self.edge_mut(edge)? = Edge { lineage, previous: 0, next };
        if next != 0 {
            self.edge_mut(next)?.previous = edge;
        }
        Ok(edge)
    }

    fn remove_edge(&mut self, parent: u64, edge: u32) -> Result<(), Unfit> {
        let free = Edge { next: self.free_edge, ..Edge::default() };
        let Edge { previous, next, .. } = std::mem::replace(self.edge_mut(edge)?, free);
        self.free_edge = edge;
        if next != 0 {
            self.edge_mut(next)?.previous = previous;
        }
        if previous != 0 {
            self.edge_mut(previous)?.next = next;
        } else {
            self.kin_mut(parent)?.first_edge = next;
        }
        Ok(())
    }

    /// Finds the ancestors of all entities whose parents have changed, which these are, and of all below them. Answers who that is:
    /// each once.
    pub(super) fn refresh(&mut self, changed: &[u64]) -> Result<Vec<u64>, Unfit> {
        let mut seen: FxHashSet<u64> = changed.iter().copied().collect();
        let mut affected = changed.to_vec();
        let mut next = 0;
        while let Some(entity) = affected.get(next) {
            next += 1;
            let mut edge = self.kin(*entity).map_or(0, |kin| kin.first_edge);
            while edge != 0 {
                let Edge { lineage, next, .. } = *self.edge_mut(edge)?;
                edge = next;
                let lineage = self.lineage_mut(lineage as usize)?;
                // Of a lineage without a cell, all entities have been seen: it is new or was met before.
                let Some(cell) = lineage.cell.take() else { continue };
                let mut member = lineage.first;
                self.words -= cell.words.len();
                while member != NOBODY {
                    if seen.insert(member) {
                        affected.push(member);
                    }
                    member = self.kin(member).ok_or(Unfit)?.next;
                }
            }
        }
        let mut budget = self.most_words();
        for entity in &affected {
            if let Some(at) = self.lineage(*entity) {
                self.close(at, &mut budget)?;
            }
        }
        if self.words > self.most_words() { Err(Unfit) } else { Ok(affected) }
    }

    fn most_words(&self) -> usize {
        FREE_WORDS.saturating_add(self.members.saturating_mul(WORDS_PER_ENTITY))
    }

    /// Finds the ancestors of a lineage and of all above it, parents first.
    fn close(&mut self, start: usize, budget: &mut usize) -> Result<(), Unfit> {
        // A lineage and how many of its parents have been seen to.
        let mut stack = vec![(start, 0)];
        while let Some((at, done)) = stack.pop() {
            let (parents, lineage) = self.lineages.at(at).ok_or(Unfit)?;
            if lineage.cell.is_some() {
                continue;
            }
            let unknown = parents.iter().enumerate().skip(done).find_map(|(seen, parent)| {
                let above = self.lineage(*parent)?;
                self.lineages.at(above)?.1.cell.is_none().then_some((seen, above))
            });
            if let Some((seen, above)) = unknown {
                // Data has no cycle; should it have one, the path would exceed the number of lineages.
                if stack.len() > self.lineages.len() {
                    return Err(Unfit);
                }
                stack.push((at, seen + 1));
                stack.push((above, 0));
                continue;
            }
            let mut all = parents.to_vec();
            for parent in parents.iter() {
                all.extend_from_slice(self.ancestors(*parent));
                if all.len() > *budget {
                    return Err(Unfit);
                }
            }
            // What was looked at counts, not what is left of it: parents with the same ancestors cost as much as others.
            *budget = budget.saturating_sub(all.len());
            all.sort_unstable();
            all.dedup();
            let bits = match (all.first(), all.last()) {
                (Some(first), Some(last)) if entity_type(*first) == entity_type(*last) => {
                    self.bits.get(entity_type(*first).index()).map_or(0, |bits| bits / 64)
                }
                _ => 0,
            };
            let cell = cell(bits, &all);
            self.words += cell.words.len();
            self.lineage_mut(at)?.cell = Some(cell);
        }
        Ok(())
    }
}

/// A cell of these ancestors, which ascend, after so many words of bits.
fn cell(bits: usize, all: &[u64]) -> Cell {
    let mut words = vec![0; bits];
    words.push(all.len() as u64);
    words.extend_from_slice(all);
    for number in all.iter().map(|ancestor| entity_number(*ancestor)).filter(|number| number / 64 < bits) {
        words[bits - 1 - number / 64] |= 1 << (number % 64);
    }
    Cell { words: words.into(), start: bits as u32 }
}
