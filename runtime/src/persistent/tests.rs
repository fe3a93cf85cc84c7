//! Persistent collections are compared with plain ones under random edits, and copies made on the way with what they were.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Array, Map};

#[derive(Clone, Debug)]
enum Edit {
    Insert(u16, u8),
    Remove(u16),
    Change(u16, u8),
    Keep,
}

fn edits(keys: u16) -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        6 => (0..keys, any::<u8>()).prop_map(|(key, value)| Edit::Insert(key, value)),
        3 => (0..keys).prop_map(Edit::Remove),
        2 => (0..keys, any::<u8>()).prop_map(|(key, value)| Edit::Change(key, value)),
        1 => Just(Edit::Keep),
    ];
    prop::collection::vec(edit, 0..600)
}

fn plain(map: &Map<String, u8>) -> BTreeMap<String, u8> {
    map.iter().map(|(key, value)| (key.clone(), *value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_map_is_a_map_and_its_copies_stay(edits in prop_oneof![edits(20), edits(500)]) {
        let (mut map, mut expected) = (Map::default(), BTreeMap::new());
        let mut kept = Vec::new();
        for edit in edits {
            match edit {
                Edit::Insert(key, value) => {
                    let (position, old) = map.insert(key.to_string(), value);
                    prop_assert_eq!(old, expected.insert(key.to_string(), value));
                    prop_assert_eq!(map.position(&key.to_string()), Some(position));
                    prop_assert_eq!(map.at(position), Some((&key.to_string(), &value)));
                }
                Edit::Remove(key) => {
                    prop_assert_eq!(map.remove(&key.to_string()), expected.remove(&key.to_string()));
                }
                Edit::Change(key, value) => {
                    let (mine, theirs) = (map.get_mut(&key.to_string()), expected.get_mut(&key.to_string()));
                    prop_assert_eq!(&mine, &theirs);
                    if let (Some(mine), Some(theirs)) = (mine, theirs) {
                        (*mine, *theirs) = (value, value);
                    }
                }
                Edit::Keep => kept.push((map.clone(), expected.clone())),
            }
            prop_assert_eq!(map.len(), expected.len());
        }
        kept.push((map, expected));
        let last = kept.last().map(|(map, _)| map.clone()).unwrap_or_default();
        for (map, expected) in kept {
            let differs = |at: &usize| map.at(*at) != last.at(*at);
            let all: Vec<usize> = (0..map.positions().max(last.positions())).filter(differs).collect();
            prop_assert_eq!(map.changed(&last, |old, new| old == new), all);
            prop_assert_eq!(plain(&map), expected.clone());
            for key in 0..500_u16 {
                prop_assert_eq!(map.get(&key.to_string()), expected.get(&key.to_string()));
            }
        }
    }
}

#[test]
fn a_map_of_very_many_finds_all_and_reuses_places() {
    let mut map: Map<u32, u32> = Map::default();
    for key in 0..20_000 {
        assert_eq!(map.insert(key, key + 1), (key as usize, None));
    }
    let copy = map.clone();
    for key in (0..20_000).step_by(2) {
        assert_eq!(map.remove(&key), Some(key + 1));
    }
    for key in 0..20_000 {
        assert_eq!(map.get(&key).copied(), (key % 2 == 1).then_some(key + 1));
        assert_eq!(copy.get(&key), Some(&(key + 1)));
    }
    for key in 200_000..210_000 {
        map.insert(key, key);
    }
    assert_eq!(map.positions(), 20_000);
    assert_eq!(map.iter().len(), map.iter().count());
}

#[test]
fn keys_of_one_hash_are_still_distinct() {
    #[derive(Clone, PartialEq, Eq, Debug)]
    struct Same(u32);
    impl std::hash::Hash for Same {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            0_u32.hash(state);
        }
    }
    let mut map = Map::default();
    for key in 0..1_000 {
        map.insert(Same(key), key);
    }
    for key in (0..1_000).rev().step_by(3) {
        assert_eq!(map.remove(&Same(key)), Some(key));
    }
    for key in 0..1_000 {
        assert_eq!(map.get(&Same(key)).copied(), (key % 3 != 0).then_some(key));
    }
}

#[test]
fn copies_of_an_array_do_not_see_each_other() {
    let mut array = Array::default();
    (0..10_000).for_each(|number| array.push(number));
    let copy = array.clone();
    for at in (0..10_000).step_by(77) {
        *array.get_mut(at).unwrap() = -1;
    }
    assert!(copy.iter().copied().eq(0..10_000));
    assert!(
        array.iter().enumerate().all(|(at, number)| *number == if at % 77 == 0 { -1 } else { at as i32 })
    );
    assert_eq!(array.get(10_000), None);
    assert_eq!(array.get_mut(10_000), None);
}
