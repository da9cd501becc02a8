//! The index against a plain reading of the rules, pair by pair: every hit, and no other.
//!
//! Here names come and go, have industry codes and investors; `at_scale` has more names and a label for each mutation.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[expect(dead_code, reason = "names are made here by hand")]
mod scale;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use common::{BRANDS, LEXICON, question};
use jiff::civil::date;
use names::{Departure, Entry, Index, Question, Status};
use scale::Dice;
use scale::plain::Plain;

const REGIONS: [&str; 6] = ["深圳市", "深圳", "北京", "广东省深圳市", "深圳前海", ""];
const INDUSTRIES: [&str; 14] = [
    "酒业",
    "白酒",
    "酒业发展",
    "科技",
    "技术",
    "网络科技",
    "房地产",
    "置业",
    "地产",
    "餐饮",
    "餐饮管理",
    "实业",
    "贸易",
    "",
];
const FORMS: [&str; 4] = ["有限公司", "股份有限公司", "有限责任公司", "集团有限公司"];
const CODES: [Option<&str>; 5] = [None, None, Some("C1512"), Some("7519"), Some("M7511")];

/// What a mutation must be found under.
type Label = &'static [&'static str];

/// One change of a name that a rule is about.
fn mutate(brand: &str, industry: &str, kind: usize, plain: &Plain, dice: &mut Dice) -> Option<(String, Label)> {
    let letters: Vec<char> = brand.chars().collect();
    let place = dice.below(letters.len());
    let replaced = |with: char| -> String {
        letters
            .iter()
            .enumerate()
            .map(|(at, letter)| if at == place { with } else { *letter })
            .collect()
    };
    match kind {
        0 => Some((
            format!("{brand}（深圳市）{industry}有限公司"),
            &["133.identical.1", "133.identical.2", "133.identical.3"],
        )),
        1 => Some((format!("上海{brand}{industry}股份有限公司"), &["133.identical.3"])),
        2 => {
            let others: Vec<char> = plain
                .standard_letters()
                .into_iter()
                .filter(|other| *other != letters[place] && plain.sounds_like(*other, letters[place]))
                .collect();
            (!others.is_empty()).then(|| {
                (
                    format!("深圳市{}{industry}有限公司", replaced(*dice.pick(&others))),
                    &["133.similar.2", "133.similar.5"] as Label,
                )
            })
        }
        3 => {
            let others: Vec<char> = plain
                .standard_letters()
                .into_iter()
                .filter(|other| plain.looks_like(letters[place], *other))
                .collect();
            (!others.is_empty() && letters.len() >= 2).then(|| {
                (
                    format!("深圳市{}{industry}有限公司", replaced(*dice.pick(&others))),
                    &["133.similar.glyph", "133.similar.2", "133.similar.5"] as Label,
                )
            })
        }
        4 => Some((format!("深圳市{brand}盛{industry}有限公司"), &["133.similar.3", "133.similar.5"])),
        _ => Some((
            format!("深圳市{brand}{}有限公司", if industry == "酒业" { "白酒" } else { "实业" }),
            &["734.17", "133.similar.1"],
        )),
    }
}

#[test]
fn the_index_finds_what_a_plain_reading_finds() {
    let mut plain = Plain::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/names")).unwrap();
    let mut dice = Dice(20_210_301);
    let mut entries: Vec<Entry> = Vec::new();
    let mut labelled: Vec<(usize, String, Label)> = Vec::new();
    let add = |name: String, status, code: Option<&str>, entries: &mut Vec<Entry>| {
        entries.push(Entry {
            id: format!("E{}", entries.len()),
            name,
            industry_code: code.map(str::to_owned),
            status,
        });
    };
    for number in 0..3_200 {
        // Short brands meet each other more often.
        let brand = loop {
            let brand = &BRANDS[dice.below(BRANDS.len())];
            if (2..=6).contains(&brand.chars().count()) {
                break brand.clone();
            }
        };
        let status = match dice.below(8) {
            0 => Status::Gone {
                on: date(2020, 1 + dice.below(12) as i8, 15),
                how: *dice.pick(&[Departure::Cancelled, Departure::Renamed, Departure::Revoked]),
            },
            1 => Status::Reserved {
                until: date(2021, 1 + dice.below(12) as i8, 15),
            },
            _ => Status::Registered,
        };
        add(
            format!("{}{brand}{}{}", *dice.pick(&REGIONS), *dice.pick(&INDUSTRIES), *dice.pick(&FORMS)),
            status,
            *dice.pick(&CODES),
            &mut entries,
        );
        if number % 5 == 0 {
            let industry = *dice.pick(&["酒业", "餐饮"]);
            add(format!("深圳市{brand}{industry}有限公司"), Status::Registered, None, &mut entries);
            if let Some((name, label)) = mutate(&brand, industry, (number / 5) % 6, &plain, &mut dice) {
                labelled.push((entries.len() - 1, name, label));
            }
        }
    }
    assert!(
        entries.len() >= 3_000 && labelled.len() >= 300,
        "{} names, {} mutations",
        entries.len(),
        labelled.len()
    );
    for entry in &entries {
        plain.add(&LEXICON.parse(&entry.name).unwrap(), entry.industry_code.as_deref());
    }
    let (mut index, refused) = Index::build(Arc::clone(&LEXICON), entries.iter().cloned());
    assert!(refused.is_empty());
    let removed: BTreeSet<usize> = (0..200)
        .map(|_| dice.below(entries.len()))
        .filter(|place| !labelled.iter().any(|(from, ..)| from == place))
        .collect();
    removed.iter().for_each(|place| assert_eq!(index.remove(&format!("E{place}")), 1));

    let mut asked: Vec<(String, Option<(usize, Label)>)> = labelled
        .into_iter()
        .map(|(from, name, label)| (name, Some((from, label))))
        .collect();
    asked.extend((0..500).map(|_| (entries[dice.below(entries.len())].name.clone(), None)));
    let (mut pairs, mut labels_met, mut labels_all) = (0, 0, 0);
    for (name, label) in asked {
        let new = LEXICON.parse(&name).unwrap();
        let code = *dice.pick(&CODES);
        let investors: Vec<String> = (0..20)
            .map(|_| format!("E{}", dice.below(entries.len())))
            .filter(|id| label.is_none_or(|(from, _)| *id != format!("E{from}")))
            .collect();
        let question = Question {
            industry_code: code.map(str::to_owned),
            investors: investors.clone(),
            ..question()
        };
        let is_live = |place: usize| match entries[place].status {
            Status::Registered => true,
            Status::Reserved { until } => until >= question.on,
            Status::Gone { on, .. } => question.on < date(on.year() + 1, on.month(), on.day()),
        };
        let invested: BTreeSet<usize> = investors.iter().map(|id| id[1..].parse().unwrap()).collect();
        let mut expected = plain.expected(&new, code, &invested);
        expected
            .values_mut()
            .for_each(|places| places.retain(|place| is_live(*place) && !removed.contains(place)));
        expected.retain(|_, places| !places.is_empty());
        let found = index.compare(&new, &question);
        let mut by_rule: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for hit in found.hits.iter().filter(|hit| hit.against.is_some()) {
            by_rule
                .entry(&hit.rule)
                .or_default()
                .insert(hit.against.as_ref().unwrap().id[1..].parse().unwrap());
        }
        for (rule, places) in &expected {
            assert_eq!(found.totals.get(*rule), Some(&places.len()), "{name}: {rule}");
            let hits = by_rule.remove(rule).unwrap_or_default();
            if places.len() <= names::limits::HITS_PER_RULE_MAX {
                assert_eq!(&hits, places, "{name}: {rule}");
            } else {
                assert!(
                    hits.len() == names::limits::HITS_PER_RULE_MAX && hits.is_subset(places),
                    "{name}: {rule}"
                );
            }
            pairs += places.len();
        }
        assert!(by_rule.is_empty(), "{name}: found beyond the rules: {by_rule:?}");
        if let Some((from, label)) = label {
            labels_all += 1;
            labels_met += usize::from(
                label
                    .iter()
                    .any(|rule| expected.get(rule).is_some_and(|places| places.contains(&from))),
            );
        }
    }
    // A mutated brand is read anew: now and then it falls apart differently (a letter joins the industry), and is another name.
    println!("{pairs} pairs; {labels_met} of {labels_all} mutations under their label");
    assert!(pairs > 1_000, "{pairs}");
    assert!(labels_met * 100 >= labels_all * 93, "{labels_met} of {labels_all}");
}
