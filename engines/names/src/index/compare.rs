//! Compares a name with all names of the index, by the rules for identical and similar names (相同、相近).

use std::collections::BTreeMap;

use jiff::civil::Date;
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::brands::Relation;
use super::{Departure, Index, Record, Status, part_text};
use crate::industry::wording_key;
use crate::limits;
use crate::parse::ParsedName;
use crate::rules::{Against, Hit};

/// How long a name stays protected after it came free, in months (第十七条: one year each). The caller takes them from its dated parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// After 注销.
    pub cancelled_months: i32,
    /// After 变更.
    pub renamed_months: i32,
    /// After 撤销.
    pub revoked_months: i32,
}

/// What is asked beside the name.
#[derive(Clone, Debug)]
pub struct Question {
    /// The day of the question.
    pub on: Date,
    /// The applicant's own ids (its case, its unified code): their names are no obstacle at all.
    pub own: Vec<String>,
    /// Ids of enterprises with which the applicant has an investment relation (有投资关系) or whose authorisation it has: their
    /// names may share brand and industry, but not be the same text or the same words in another order.
    pub investors: Vec<String>,
    /// The applicant's industry by GB/T 4754, if known.
    pub industry_code: Option<String>,
    /// The terms of protection.
    pub terms: Terms,
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The hits: the gravest first, then by rule, then the closest; at most [`limits::HITS_PER_RULE_MAX`] a rule.
    pub hits: Vec<Hit>,
    /// For each rule with hits, how many there are in all.
    pub totals: BTreeMap<String, usize>,
}

/// The rules of comparing names, in the order of closeness.
const RULES: [&str; 10] = [
    "133.identical.1",
    "133.identical.2",
    "133.identical.3",
    "734.17",
    "133.similar.1",
    "133.similar.2",
    "133.similar.3",
    "133.similar.4",
    "133.similar.5",
    "133.similar.glyph",
];
const IDENTICAL_1: usize = 0;
const IDENTICAL_2: usize = 1;
const IDENTICAL_3: usize = 2;
const SAME_BRAND: usize = 3;
const SIMILAR_1: usize = 4;
const SIMILAR_2: usize = 5;
const SIMILAR_3: usize = 6;
const SIMILAR_4: usize = 7;
const SIMILAR_5: usize = 8;
const SIMILAR_GLYPH: usize = 9;

/// The name asked about, its texts as the numbers of the index; `None` where no entry has that text.
struct Asked {
    industry: Option<u32>,
    industry_key: Option<u32>,
    class: Option<u32>,
    region: Option<u32>,
    form: Option<u32>,
    order: Option<u32>,
    names_industry: bool,
    code: u32,
}

impl Index {
    /// All names that stand in the way of this one, and the protected marks that it takes or imitates.
    pub fn compare(&self, name: &ParsedName, question: &Question) -> Found {
        let mut found = Found::default();
        let Some(brand) = &name.brand else { return found };
        let part = brand.spans.first().copied();
        for (rule, mut entries) in RULES.into_iter().zip(self.by_rule(name, question)) {
            if entries.is_empty() {
                continue;
            }
            found.totals.insert(rule.to_owned(), entries.len());
            if entries.len() > limits::HITS_PER_RULE_MAX {
                entries.select_nth_unstable(limits::HITS_PER_RULE_MAX);
                entries.truncate(limits::HITS_PER_RULE_MAX);
            }
            entries.sort_unstable();
            found.hits.extend(entries.into_iter().map(|(_, entry)| Hit {
                rule: rule.to_owned(),
                severity: self.lexicon.rules.severity(rule),
                against: Some(self.against(entry)),
                part,
                wording: None,
            }));
        }
        let allowed: Vec<String> = question.own.iter().chain(&question.investors).cloned().collect();
        for hit in self.lexicon.marks(name, &allowed) {
            *found.totals.entry(hit.rule.clone()).or_default() += 1;
            found.hits.push(hit);
        }
        found.hits.sort_by_key(|hit| (hit.severity, self.lexicon.rules.order(&hit.rule)));
        found
    }

    /// Every name that stands in the way of this one, however many: the rule, and the id of the name; marks apart.
    pub fn standing(&self, name: &ParsedName, question: &Question) -> Vec<(&'static str, &str)> {
        let by_rule = RULES.into_iter().zip(self.by_rule(name, question));
        by_rule
            .flat_map(|(rule, entries)| entries.into_iter().map(move |(_, entry)| (rule, self.id_of(entry))))
            .collect()
    }

    /// For each of [`RULES`], the entries under it, each with how much longer or shorter its brand is.
    fn by_rule(&self, name: &ParsedName, question: &Question) -> [Vec<(usize, u32)>; RULES.len()] {
        let mut by_rule: [Vec<(usize, u32)>; RULES.len()] = Default::default();
        let Some(brand) = &name.brand else { return by_rule };
        let letters: Vec<char> = brand.text.chars().collect();
        let asked = self.asked(name, question);
        let own: FxHashSet<u32> = question.own.iter().flat_map(|id| self.of_id(id)).collect();
        let invested: FxHashSet<u32> = question.investors.iter().flat_map(|id| self.of_id(id)).collect();
        for (number, relation) in self.brands.related(&letters, &self.lexicon.characters, &self.lexicon.similarity) {
            let distance = self.brands.get(number).len().abs_diff(letters.len());
            for entry in self.entry_lists.get(&self.entries[number as usize]) {
                let record = &self.records[*entry as usize];
                let rules = asked.rules(record, relation, &self.industry_keys);
                let is_invested = invested.contains(entry);
                if rules == [None, None] || own.contains(entry) || !is_live(record.status, question) {
                    continue;
                }
                for rule in rules.into_iter().flatten().filter(|rule| !is_invested || *rule <= IDENTICAL_2) {
                    by_rule[rule].push((distance, *entry));
                }
            }
        }
        by_rule
    }

    fn asked(&self, name: &ParsedName, question: &Question) -> Asked {
        let industry = part_text(&name.industry);
        Asked {
            industry: self.industries.find(industry),
            industry_key: self.industries.find(wording_key(industry)),
            class: self.classes.find(&name.industry_class),
            region: self.regions.find(&name.region_key),
            form: self.forms.find(part_text(&name.form)),
            order: self.orders.find(&name.order),
            names_industry: !name.industry_class.is_empty(),
            code: self.lexicon.similarity.code(question.industry_code.as_deref()),
        }
    }

    fn against(&self, entry: u32) -> Against {
        Against {
            id: self.id_of(entry).to_owned(),
            name: self.name_of(entry).to_owned(),
            status: self.records[entry as usize].status,
        }
    }
}

impl Asked {
    /// The rules that an entry comes under, given how its brand stands to the one asked about.
    fn rules(&self, record: &Record, relation: Relation, industry_keys: &[u32]) -> [Option<usize>; 2] {
        if relation == Relation::Same && self.industry_key == Some(industry_keys[record.industry as usize]) {
            let same_parts = self.region == Some(record.region) && self.form == Some(record.form) && self.industry == Some(record.industry);
            return match (same_parts, self.order == Some(record.order)) {
                (true, true) => [Some(IDENTICAL_1), None],
                (true, false) => [Some(IDENTICAL_2), None],
                (false, _) => [Some(IDENTICAL_3), None],
            };
        }
        // Class 0 names no industry.
        let both_name_one = self.names_industry && record.class != 0;
        let same_industry = self.class == Some(record.class) || self.code != 0 && self.code == record.code;
        if both_name_one && !same_industry {
            return [None, None];
        }
        match relation {
            Relation::Same => [Some(SAME_BRAND), both_name_one.then_some(SIMILAR_1)],
            Relation::LooksAlike => [Some(SIMILAR_GLYPH), None],
            _ if !both_name_one => [Some(SIMILAR_5), None],
            Relation::SameSound => [Some(SIMILAR_2), None],
            Relation::Contains => [Some(SIMILAR_3), None],
            Relation::PartSound => [Some(SIMILAR_4), None],
        }
    }
}

/// Whether a name is protected on the day of the question.
fn is_live(status: Status, question: &Question) -> bool {
    match status {
        Status::Registered => true,
        Status::Reserved { until } => question.on <= until,
        Status::Gone { on, how } => {
            let months = match how {
                Departure::Cancelled => question.terms.cancelled_months,
                Departure::Renamed => question.terms.renamed_months,
                Departure::Revoked => question.terms.revoked_months,
            };
            // 未满: on the day that the term is full, the name is free. A term beyond the calendar never ends.
            let free = jiff::Span::new().try_months(months).and_then(|term| on.checked_add(term));
            free.map_or(true, |free| question.on < free)
        }
    }
}
