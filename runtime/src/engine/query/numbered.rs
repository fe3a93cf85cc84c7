//! The candidates of one type by native code's numbers: found in its hierarchy, which every update keeps up, and decided in the order of
//! numbers, which is that of memory. Only those that are allowed get their names back and are put in order.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::asked::Asked;
use super::bound::{Bound, Place};
use super::candidates::FREE_VISITS;
use crate::native::Image;
use crate::outcome::Decision;
use crate::secret::KeyedMap;
use crate::types::EntityTypeId;
use crate::value::EntityUid;

/// Candidates, and what has been decided about them.
pub(super) struct Numbered {
    ty: EntityTypeId,
    words: Vec<u64>,
    /// So many have been decided.
    done: usize,
    /// Candidates without a number.
    others: Vec<SmolStr>,
    allowed: Allowed,
}

/// Who is allowed.
#[derive(Default)]
pub(super) struct Allowed {
    pub ids: Vec<SmolStr>,
    /// Of those that are allowed with obligations.
    pub decisions: KeyedMap<SmolStr, Decision>,
}

impl Allowed {
    fn add(&mut self, id: SmolStr, decision: Decision) {
        if decision != Decision::Allow {
            self.decisions.insert(id.clone(), decision);
        }
        self.ids.push(id);
    }
}

impl Numbered {
    /// The candidates within a bound; `None` if they have no numbers.
    pub fn new(asked: &Asked, ty: EntityTypeId, bound: &Bound) -> Option<Numbered> {
        let image = asked.image()?;
        let found = match bound {
            Bound::All => None,
            Bound::Within(places) => walk(asked, image, ty, places),
        };
        let (words, others) = found.unwrap_or_else(|| all(asked, image, ty));
        Some(Numbered { ty, words, done: 0, others, allowed: Allowed::default() })
    }

    /// How many are still to be decided.
    pub fn left(&self) -> usize {
        self.words.len() - self.done + self.others.len()
    }

    /// Decides some, at most so many; how many that were, 0 if there is none left.
    pub fn advance(&mut self, asked: &Asked, most: usize) -> usize {
        let rest = self.words.get(self.done..).unwrap_or_default();
        let words = rest.get(..most).unwrap_or(rest);
        if words.is_empty() {
            let id = match self.others.pop() {
                Some(id) => id,
                None => return 0,
            };
            match asked.decide(&EntityUid { ty: self.ty, id: id.clone() }) {
                Decision::Deny => {}
                decision => self.allowed.add(id, decision),
            }
            return 1;
        }
        let allowed = &mut self.allowed;
        asked.decide_numbered(words, |word, decision| {
            if let Some(uid) = asked.image().and_then(|image| image.uid(word)) {
                allowed.add(uid.id, decision);
            }
        });
        self.done += words.len();
        words.len()
    }

    /// Who is allowed, once none is left.
    pub fn into_allowed(self) -> Allowed {
        self.allowed
    }
}

/// Every entity of a type that is known.
fn all(asked: &Asked, image: &Image, ty: EntityTypeId) -> (Vec<u64>, Vec<SmolStr>) {
    let stored = |id: &SmolStr| asked.snapshot.data.entity(&EntityUid { ty, id: id.clone() }).is_some();
    let others = asked.closed(ty).iter().filter(|id| !stored(id)).cloned().collect();
    (image.held(ty).collect(), others)
}

/// Those in these places; `None` if that is more work than to look at all.
fn walk(
    asked: &Asked,
    image: &Image,
    ty: EntityTypeId,
    places: &[Place],
) -> Option<(Vec<u64>, Vec<SmolStr>)> {
    let most = FREE_VISITS.saturating_add(asked.count(ty));
    let (mut found, mut seen) = (Marks::default(), Marks::default());
    let mut open: Vec<u64> = Vec::new();
    let mut others: Vec<SmolStr> = Vec::new();
    for place in places {
        let (Place::At(uid) | Place::Below(uid)) = place;
        match (image.find(uid), place) {
            (Some(word), Place::At(_)) => drop(found.mark(image, word)),
            (Some(word), Place::Below(_)) => open.push(word),
            // Nothing is below what has no number.
            (None, _) if uid.ty == ty && asked.exists(uid) => others.push(uid.id.clone()),
            (None, _) => {}
        }
    }
    let mut visits = 0;
    while let Some(word) = open.pop() {
        if !seen.mark(image, word) {
            continue;
        }
        visits += 1;
        if visits > most {
            return None;
        }
        if image.is_of(word, ty) {
            found.mark(image, word);
        }
        for child in image.children(word) {
            if open.len() > most {
                return None;
            }
            open.push(child);
        }
    }
    let exists = |word: &u64| image.is_held(*word) || image.uid(*word).is_some_and(|uid| asked.exists(&uid));
    let words = found.of(image, ty).into_iter().filter(exists).collect();
    others.sort_unstable();
    others.dedup();
    Some((words, others))
}

/// So many are in a hash set; a bit for each entity that there is would take longer to make.
const FEW: usize = 1 << 12;

/// A set of entities by number.
#[derive(Default)]
struct Marks {
    /// While they are few.
    few: FxHashSet<u64>,
    /// Then a bit for each, by type.
    many: Vec<Vec<u64>>,
}

impl Marks {
    /// Adds one; whether it is new.
    fn mark(&mut self, image: &Image, entity: u64) -> bool {
        if !self.many.is_empty() {
            return self.set(image, entity);
        }
        let is_new = self.few.insert(entity);
        if self.few.len() > FEW {
            for entity in std::mem::take(&mut self.few) {
                self.set(image, entity);
            }
        }
        is_new
    }

    fn set(&mut self, image: &Image, entity: u64) -> bool {
        let (ty, number) = image.place(entity);
        if self.many.len() <= ty {
            self.many.resize_with(ty + 1, Vec::new);
        }
        let Some(bits) = self.many.get_mut(ty) else { return false };
        if bits.len() <= number / 64 {
            bits.resize(number / 64 + 1, 0);
        }
        let Some(word) = bits.get_mut(number / 64) else { return false };
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Those of a type, ascending.
    fn of(&self, image: &Image, ty: EntityTypeId) -> Vec<u64> {
        let mut all: Vec<u64> = self.few.iter().copied().filter(|entity| image.is_of(*entity, ty)).collect();
        all.sort_unstable();
        for (at, word) in self.many.get(ty.index()).into_iter().flatten().enumerate() {
            let set = (0..64).filter(|bit| word >> bit & 1 == 1);
            all.extend(set.map(|bit| Image::entity(ty, at * 64 + bit)));
        }
        all
    }
}
