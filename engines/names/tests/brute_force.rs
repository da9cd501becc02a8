//! The index against a plain reading of the rules, pair by pair: every hit, and no other.
//!
//! The plain reading shares with the engine only the parts of a name (`parse`) and the data files. It reads the tables of sounds and
//! look-alikes itself, knows no index, and tries every pair.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use common::{BRANDS, LEXICON, question};
use jiff::civil::date;
use names::{Departure, Entry, Index, ParsedName, Question, Status};

struct Plain {
    readings: HashMap<char, Vec<String>>,
    alike: HashSet<(char, char)>,
}

fn first(text: &str) -> char {
    text.chars().next().unwrap()
}

impl Plain {
    fn read() -> Self {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/names");
        let rows = |file: &str| -> Vec<Vec<String>> {
            let text = std::fs::read_to_string(data.join(file)).unwrap();
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .map(|line| line.split('\t').map(str::to_owned).collect())
                .collect()
        };
        let readings = rows("characters.tsv")
            .iter()
            .map(|row| (first(&row[0]), row[2].split(' ').map(str::to_owned).collect()))
            .collect();
        let mut alike = HashSet::new();
        for row in rows("glyphs.tsv").into_iter().filter(|row| row[2].parse::<f64>().unwrap() > 0.895) {
            alike.insert((first(&row[0]), first(&row[1])));
            alike.insert((first(&row[1]), first(&row[0])));
        }
        Self { readings, alike }
    }

    fn sound(&self, a: &[char], b: &[char]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                a == b
                    || matches!((self.readings.get(a), self.readings.get(b)), (Some(a), Some(b)) if a.iter().any(|sound| b.contains(sound)))
            })
    }

    fn look(&self, a: &[char], b: &[char]) -> bool {
        let differing: Vec<(char, char)> = a.iter().copied().zip(b.iter().copied()).filter(|(a, b)| a != b).collect();
        a.len() == b.len()
            && !differing.is_empty()
            && differing.len() <= 2
            && differing.len() <= a.len() / 2
            && differing.iter().all(|pair| self.alike.contains(pair))
    }

    /// The rules under which `new` stands against `old`.
    fn rules(
        &self,
        new: &ParsedName,
        new_code: Option<&str>,
        old: &ParsedName,
        old_code: Option<&str>,
        invested: bool,
    ) -> Vec<&'static str> {
        let (Some(new_brand), Some(old_brand)) = (&new.brand, &old.brand) else {
            return Vec::new();
        };
        let a: Vec<char> = new_brand.text.chars().collect();
        let b: Vec<char> = old_brand.text.chars().collect();
        let text = |part: &Option<names::Part>| part.as_ref().map_or(String::new(), |part| part.text.clone());
        if new.key == old.key {
            let same = |part: fn(&ParsedName) -> &Option<names::Part>| text(part(new)) == text(part(old));
            let same_words = new.region_key == old.region_key && same(|name| &name.industry) && same(|name| &name.form);
            return match (same_words, new.order == old.order) {
                (true, true) => vec!["133.identical.1"],
                (true, false) => vec!["133.identical.2"],
                _ if invested => Vec::new(),
                _ => vec!["133.identical.3"],
            };
        }
        if invested {
            return Vec::new();
        }
        let digits = |code: Option<&str>| code.map(|code| code.trim_start_matches(char::is_alphabetic).chars().take(3).collect::<String>());
        let both = !new.industry_class.is_empty() && !old.industry_class.is_empty();
        let same_industry = new.industry_class == old.industry_class || new_code.is_some() && digits(new_code) == digits(old_code);
        if both && !same_industry {
            return Vec::new();
        }
        let (short, long) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
        let within = short.len() < long.len();
        let or_across = |rule| if both { vec![rule] } else { vec!["133.similar.5"] };
        if a == b {
            if both { vec!["734.17", "133.similar.1"] } else { vec!["734.17"] }
        } else if a.len() >= 2 && self.sound(&a, &b) {
            or_across("133.similar.2")
        } else if within && short.len() >= 2 && long.windows(short.len()).any(|part| part == short.as_slice()) {
            or_across("133.similar.3")
        } else if within && short.len() >= 3 && long.windows(short.len()).any(|part| self.sound(part, short)) {
            or_across("133.similar.4")
        } else if self.look(&a, &b) {
            vec!["133.similar.glyph"]
        } else {
            Vec::new()
        }
    }
}

/// A stream of numbers from a seed: the test is the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

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
            let mut others: Vec<char> = plain
                .readings
                .keys()
                .copied()
                .filter(|other| *other != letters[place] && plain.sound(&[*other], &[letters[place]]))
                .collect();
            others.sort_unstable();
            (!others.is_empty()).then(|| {
                (
                    format!("深圳市{}{industry}有限公司", replaced(dice.pick(&others))),
                    &["133.similar.2", "133.similar.5"] as Label,
                )
            })
        }
        3 => {
            let mut others: Vec<char> = plain.alike.iter().filter(|(a, _)| *a == letters[place]).map(|(_, b)| *b).collect();
            others.sort_unstable();
            (!others.is_empty() && letters.len() >= 2).then(|| {
                (
                    format!("深圳市{}{industry}有限公司", replaced(dice.pick(&others))),
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
    let plain = Plain::read();
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
                how: dice.pick(&[Departure::Cancelled, Departure::Renamed, Departure::Revoked]),
            },
            1 => Status::Reserved {
                until: date(2021, 1 + dice.below(12) as i8, 15),
            },
            _ => Status::Registered,
        };
        add(
            format!("{}{brand}{}{}", dice.pick(&REGIONS), dice.pick(&INDUSTRIES), dice.pick(&FORMS)),
            status,
            dice.pick(&CODES),
            &mut entries,
        );
        if number % 5 == 0 {
            let industry = dice.pick(&["酒业", "餐饮"]);
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
    let parsed: Vec<ParsedName> = entries.iter().map(|entry| LEXICON.parse(&entry.name).unwrap()).collect();
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
        let code = dice.pick(&CODES);
        let investors: Vec<String> = (0..20)
            .map(|_| format!("E{}", dice.below(entries.len())))
            .filter(|id| label.is_none_or(|(from, _)| *id != format!("E{from}")))
            .collect();
        let question = Question {
            industry_code: code.map(str::to_owned),
            investors: investors.clone(),
            ..question()
        };
        let mut expected: HashMap<&str, BTreeSet<usize>> = HashMap::new();
        for (place, (entry, old)) in entries.iter().zip(&parsed).enumerate() {
            let live = match entry.status {
                Status::Registered => true,
                Status::Reserved { until } => until >= question.on,
                Status::Gone { on, .. } => question.on < date(on.year() + 1, on.month(), on.day()),
            };
            if live && !removed.contains(&place) {
                for rule in plain.rules(&new, code, old, entry.industry_code.as_deref(), investors.contains(&entry.id)) {
                    expected.entry(rule).or_default().insert(place);
                }
            }
        }
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
