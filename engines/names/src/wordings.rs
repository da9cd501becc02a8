//! Prohibited and restricted wordings (禁限用): which of them stand in a name, and what is missing from it.

use std::path::Path;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use crate::lexicon::Lexicon;
use crate::parse::{ParsedName, Span};
use crate::region::Level;
use crate::rules::{Hit, Rules, Severity};
use crate::table::{self, Faults};
use crate::trie::Trie;

/// Where in a name a wording is forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum At {
    Whole,
    Brand,
    BrandIs,
    Head,
    Inside,
    Industry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    rule: String,
    at: At,
    words: Vec<String>,
    #[serde(default)]
    except: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LiftText {
    rule: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeverityText {
    rule: String,
    severity: Severity,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct OtherMeaning {
    #[serde(default)]
    region: FxHashSet<String>,
    #[serde(default)]
    industry: FxHashSet<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    wording: Vec<RowText>,
    #[serde(default)]
    lift: Vec<LiftText>,
    #[serde(default)]
    severity: Vec<SeverityText>,
    #[serde(default)]
    other_meaning: OtherMeaning,
}

/// One use of a word: the rule, the place, and the longer words in which it is innocent.
struct Use {
    rule: String,
    at: At,
    except: Vec<Vec<char>>,
}

#[derive(Default)]
pub(crate) struct Wordings {
    words: Trie,
    /// For each word of the trie, its uses.
    uses: Vec<Vec<Use>>,
    other_meaning: OtherMeaning,
}

impl Wordings {
    pub(crate) fn load(national: &Path, zone: &Path, rules: &mut Rules, faults: &mut Faults) -> Self {
        let mut it = Self::default();
        let file = national.join("wordings.toml");
        let read: File = table::toml(&file, true, faults).unwrap_or_default();
        let own_file = zone.join("wordings.toml");
        let own: File = table::toml(&own_file, false, faults).unwrap_or_default();
        let mut lifted: FxHashMap<&str, FxHashSet<&str>> = FxHashMap::default();
        for lift in &own.lift {
            check_rule(&lift.rule, rules, &own_file, faults);
            lifted.entry(&lift.rule).or_default().extend(lift.words.iter().map(String::as_str));
        }
        for (rows, file, may_be_lifted) in [(&read.wording, &file, true), (&own.wording, &own_file, false)] {
            for row in rows {
                check_rule(&row.rule, rules, file, faults);
                for word in &row.words {
                    if may_be_lifted && lifted.get(row.rule.as_str()).is_some_and(|words| words.contains(word.as_str())) {
                        continue;
                    }
                    it.add(word, row.rule.clone(), row.at, &row.except, file, faults);
                }
            }
        }
        for change in &own.severity {
            check_rule(&change.rule, rules, &own_file, faults);
            rules.set_severity(&change.rule, change.severity);
        }
        it.other_meaning = read.other_meaning;
        it.other_meaning.region.extend(own.other_meaning.region);
        it.other_meaning.industry.extend(own.other_meaning.industry);
        it.load_foreign(national, faults);
        it
    }

    fn load_foreign(&mut self, national: &Path, faults: &mut Faults) {
        let table = table::table(&national.join("foreign-places.tsv"), true, 2, 3, faults);
        for row in &table.rows {
            let (rule, at) = match row.columns[0].as_str() {
                "country" => ("734.11.4", At::Whole),
                "short" => ("734.11.4", At::BrandIs),
                "place" => ("133.use.foreign-place", At::BrandIs),
                other => {
                    faults.add(&table.file, row.line, format!("“{other}” is not a kind of place"));
                    continue;
                }
            };
            let except: Vec<String> = row
                .columns
                .get(2)
                .map_or("", String::as_str)
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect();
            for word in row.columns[1].split(' ').filter(|word| !word.is_empty()) {
                self.add(word, rule.to_owned(), at, &except, &table.file, faults);
            }
        }
    }

    fn add(&mut self, word: &str, rule: String, at: At, except: &[String], file: &Path, faults: &mut Faults) {
        if word.trim() != word || word.is_empty() {
            faults.add(file, 0, format!("“{word}” is not a word"));
            return;
        }
        let except = except
            .iter()
            .filter(|longer| longer.contains(word))
            .map(|longer| longer.chars().collect())
            .collect();
        let fresh = self.uses.len() as u32;
        let usage = Use { rule, at, except };
        match self.words.add(word.chars(), fresh) {
            Some(there) => self.uses[there as usize].push(usage),
            None => self.uses.push(vec![usage]),
        }
    }

    pub(crate) fn may_be_brand_though_region(&self, brand: &str) -> bool {
        self.other_meaning.region.contains(brand)
    }

    pub(crate) fn may_be_brand_though_industry(&self, brand: &str) -> bool {
        self.other_meaning.industry.contains(brand)
    }
}

fn check_rule(id: &str, rules: &Rules, file: &Path, faults: &mut Faults) {
    if !rules.has(id) {
        faults.add(file, 0, format!("the rule “{id}” is not in rules.toml"));
    }
}

impl Lexicon {
    /// What a name may not say, and what it has to say and does not. The gravest first, then by rule, then by place.
    pub fn wordings(&self, name: &ParsedName) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.letters(name, &mut hits);
        self.parts(name, &mut hits);
        self.words(name, &mut hits);
        hits.sort_by_key(|hit| (hit.severity, self.rules.order(&hit.rule), hit.part));
        hits.dedup();
        hits
    }

    fn hit(&self, rule: &str, part: Option<Span>, wording: Option<String>) -> Hit {
        Hit {
            rule: rule.to_owned(),
            severity: self.rules.severity(rule),
            against: None,
            part,
            wording,
        }
    }

    /// 规范汉字: letters, digits, symbols, characters outside the standard table, brackets that do not pair.
    fn letters(&self, name: &ParsedName, hits: &mut Vec<Hit>) {
        let mut open = None;
        let mut foreign: Option<(Span, String)> = None;
        let mut report = |foreign: &mut Option<(Span, String)>| {
            if let Some((span, text)) = foreign.take() {
                hits.push(self.hit("734.5", Some(span), Some(text)));
            }
        };
        for (place, letter) in name.normal.chars().enumerate() {
            let wrong = match letter {
                '（' if open.is_none() => {
                    open = Some(place);
                    false
                }
                '）' if open.is_some_and(|at| at + 1 < place) => {
                    open = None;
                    false
                }
                _ => !self.characters.is_standard(letter),
            };
            if !wrong {
                report(&mut foreign);
                continue;
            }
            let (span, text) = foreign.get_or_insert((Span { start: place, end: place }, String::new()));
            span.end = place + 1;
            text.push(letter);
        }
        report(&mut foreign);
        if let Some(at) = open {
            hits.push(self.hit("734.5", Some(Span { start: at, end: at + 1 }), Some("（".to_owned())));
        }
    }

    /// What each part has to be.
    fn parts(&self, name: &ParsedName, hits: &mut Vec<Hit>) {
        let span = |part: &Option<crate::parse::Part>| part.as_ref().and_then(|part| part.spans.first().copied());
        match (name.region_level, &name.region) {
            (Some(Level::District), Some(region)) => hits.push(self.hit("734.7.district", span(&name.region), Some(region.text.clone()))),
            (Some(Level::Zone), Some(region)) => hits.push(self.hit("734.7.zone", span(&name.region), Some(region.text.clone()))),
            (Some(_), _) => {}
            (None, _) => hits.push(self.hit("734.6.region", None, None)),
        }
        match &name.brand {
            Some(brand) => self.brand(&brand.text, span(&name.brand), hits),
            None => hits.push(self.hit("734.8.short", None, None)),
        }
        if name.industry_class.is_empty() {
            hits.push(self.hit(
                "734.6.industry",
                span(&name.industry),
                name.industry.as_ref().map(|part| part.text.clone()),
            ));
        }
        if name.form.is_none() && !self.ends_like_a_form(name) {
            hits.push(self.hit("734.10", None, None));
        }
    }

    fn brand(&self, brand: &str, span: Option<Span>, hits: &mut Vec<Hit>) {
        let letters: Vec<char> = brand.chars().collect();
        if letters.iter().filter(|letter| self.characters.is_standard(**letter)).count() < 2 {
            hits.push(self.hit("734.8.short", span, Some(brand.to_owned())));
        }
        if self.regions.is_region(brand) && !self.wordings.may_be_brand_though_region(brand) {
            hits.push(self.hit("734.8.region", span, Some(brand.to_owned())));
        } else if self.industries.is_industry(&letters) && !self.wordings.may_be_brand_though_industry(brand) {
            hits.push(self.hit("734.8.industry", span, Some(brand.to_owned())));
        }
    }

    /// 酒店、银行: the industry word ends in the form.
    fn ends_like_a_form(&self, name: &ParsedName) -> bool {
        let mut ends = false;
        self.forms.walk(name.normal.chars().rev(), |_, _| ends = true);
        ends && name.industry.is_some()
    }

    fn words(&self, name: &ParsedName, hits: &mut Vec<Hit>) {
        let letters: Vec<char> = name.normal.chars().collect();
        let inside = |part: &Option<crate::parse::Part>, span: Span| {
            part.as_ref()
                .is_some_and(|part| part.spans.iter().any(|own| own.start <= span.start && span.end <= own.end))
        };
        for start in 0..letters.len() {
            self.wordings.words.walk(letters[start..].iter().copied(), |length, number| {
                let span = Span {
                    start,
                    end: start + length,
                };
                let word: String = letters[start..span.end].iter().collect();
                for usage in &self.wordings.uses[number as usize] {
                    // 公安县 is a county: a wording inside the region is the region's own name. 中国 is not.
                    let in_region = inside(&name.region, span) && name.region_level != Some(Level::Nation);
                    let applies = match usage.at {
                        At::Whole => !in_region,
                        At::Brand => inside(&name.brand, span),
                        At::BrandIs => name.brand.as_ref().is_some_and(|brand| brand.text == word),
                        At::Head => start == 0 && !in_region,
                        At::Inside => start > 0 && !in_region,
                        At::Industry => inside(&name.industry, span),
                    };
                    if applies && !usage.except.iter().any(|longer| covers(&letters, longer, span)) {
                        hits.push(self.hit(&usage.rule, Some(span), Some(word.clone())));
                    }
                }
            });
        }
    }
}

/// Whether the longer word stands in the name around this span.
fn covers(letters: &[char], longer: &[char], span: Span) -> bool {
    let earliest = span.end.saturating_sub(longer.len());
    (earliest..=span.start).any(|start| letters.get(start..start + longer.len()) == Some(longer))
}
