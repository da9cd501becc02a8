//! The index against the plain reading on twenty thousand generated names: labelled mutations, every hit and no other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod scale;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use common::{LEXICON, question, registered};
use names::Index;
use scale::generated::{Generated, Parts};
use scale::mutations::{MUTATIONS, Mutator};
use scale::plain::{Expected, Plain};

const NAMES: usize = 20_000;
const MUTATED: usize = 300;

fn found(index: &Index, name: &str) -> Expected {
    let mut found = Expected::new();
    for (rule, id) in index.standing(&LEXICON.parse(name).unwrap(), &question()) {
        assert!(
            found.entry(rule).or_default().insert(id.parse().unwrap()),
            "{name}: {id} twice under {rule}"
        );
    }
    found
}

#[test]
fn every_labelled_mutation_is_found_and_nothing_beyond_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("data/names");
    let parts = Parts::read(&data, &root.join("data/demo/brands.txt")).unwrap();
    let register = Generated::new(parts, NAMES);
    let entries = (0..NAMES).map(|place| registered(&place.to_string(), &register.name(place)));
    let (mut index, refused) = Index::build(Arc::clone(&LEXICON), entries);
    assert!(refused.is_empty() && index.len() == NAMES, "{refused:?}");
    let mut plain = Plain::read(&data).unwrap();
    (0..NAMES).for_each(|place| plain.add(&LEXICON.parse(&register.name(place)).unwrap(), None));

    let labelled = Mutator::new(&data, &LEXICON, &plain, 734)
        .unwrap()
        .labelled(&register, MUTATED)
        .unwrap();
    let mut hits = 0;
    for query in &labelled {
        let (parsed, words) = (LEXICON.parse(&query.name).unwrap(), MUTATIONS[query.kind].1);
        let expected = plain.expected(&parsed, None, &BTreeSet::new());
        let old = register.name(query.from);
        assert!(
            expected.get(query.label).is_some_and(|places| places.contains(&query.from)),
            "{words}: {} beside {old}: not under {}",
            query.name,
            query.label
        );
        assert_eq!(found(&index, &query.name), expected, "{words}: {} of {old}", query.name);
        let shown = index.compare(&parsed, &question());
        for (rule, places) in &expected {
            assert_eq!(shown.totals.get(*rule), Some(&places.len()), "{}: {rule}", query.name);
        }
        hits += expected.values().map(BTreeSet::len).sum::<usize>();
    }
    println!("{} mutations, {hits} hits among {} brands", labelled.len(), plain.brand_count());

    // A name that is reserved is seen by the next check, and no longer when it is given up.
    let new = register.beyond(0).name();
    let id = NAMES.to_string();
    assert!(!found(&index, &new).contains_key("133.identical.1"));
    index.insert(&registered(&id, &new)).unwrap();
    assert_eq!(found(&index, &new)["133.identical.1"], BTreeSet::from([NAMES]));
    assert_eq!(index.remove(&id), 1);
    assert!(!found(&index, &new).contains_key("133.identical.1"));
}
