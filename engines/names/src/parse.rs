//! Takes a company name apart into region, brand, industry and form (行政区划、字号、行业、组织形式), in whatever order they stand.
//!
//! Every reading of the text is scored and the best one wins: long industry words, regions at the front or in brackets, and brands
//! of two to four characters speak for a reading. The split into brand and industry looks only at the text without the region and
//! the form, so a name keeps its [`ParsedName::key`] wherever its region stands.

use std::ops::Range;

use serde::Serialize;

use crate::error::NotAName;
use crate::industry::wording_key;
use crate::lexicon::Lexicon;
use crate::region::{Chain, Level};

/// A place in a normalised name, in characters: `start` is the first, `end` is one past the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
}

/// One part of a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The part as written, in the normalised name, without brackets around it.
    pub text: String,
    /// Where it stands; more than one span where another part stands inside it.
    pub spans: Vec<Span>,
}

/// A name taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParsedName {
    /// 行政区划: the region or regions, such as 深圳市南山区.
    pub region: Option<Part>,
    /// 字号: the brand.
    pub brand: Option<Part>,
    /// 行业或者经营特点: the industry wording.
    pub industry: Option<Part>,
    /// 组织形式: the form of organisation.
    pub form: Option<Part>,
    /// The normalised name; all spans count its characters.
    pub normal: String,
    /// Brand and industry wording: two names with the same key are identical (相同) under art. 3 of the comparison rules, so one key is reserved once.
    pub key: String,
    /// The whole normalised name without brackets, regions by their short names.
    pub full_key: String,
    /// The order of the parts: R region, B brand, I industry, F form, such as `RBIF`.
    pub order: String,
    /// The regions by their short names, the largest first, joined by `/`; empty without a region.
    pub region_key: String,
    /// The industry class: the groups of synonymous wordings, joined by `+`; empty where the wording names no industry.
    pub industry_class: String,
    /// The level of the first region word.
    #[serde(skip)]
    pub(crate) region_level: Option<Level>,
}

/// The letters of a name without its form and its brackets, with their places in the normalised name.
struct Body {
    letters: Vec<char>,
    places: Vec<usize>,
    /// What stood inside a pair of brackets, as ranges of `letters`.
    groups: Vec<Range<usize>>,
}

/// How the letters without the region fall into brand and industry.
struct Split {
    brand: Range<usize>,
    industry: Range<usize>,
    class: String,
    score: i32,
}

struct Reading {
    region: Option<(Range<usize>, Chain)>,
    split: Split,
    score: i32,
}

impl Body {
    fn of(normal: &[char], end: usize) -> Self {
        let mut it = Self {
            letters: Vec::with_capacity(end),
            places: Vec::with_capacity(end),
            groups: Vec::new(),
        };
        let mut open = None;
        for (place, letter) in normal[..end].iter().enumerate() {
            match letter {
                '（' => open = Some(it.letters.len()),
                '）' => {
                    if let Some(start) = open.take().filter(|start| *start < it.letters.len()) {
                        it.groups.push(start..it.letters.len());
                    }
                }
                _ => {
                    it.letters.push(*letter);
                    it.places.push(place);
                }
            }
        }
        it
    }

    /// Whether a region may stand here: it holds a bracketed text whole or not at all. Gives whether it is that bracketed text.
    fn bracketed(&self, region: &Range<usize>) -> Option<bool> {
        for group in self
            .groups
            .iter()
            .filter(|group| group.start < region.end && region.start < group.end)
        {
            if group == region {
                return Some(true);
            }
            if group.start < region.start || region.end < group.end {
                return None;
            }
        }
        Some(false)
    }
}

impl Lexicon {
    /// Takes a name apart. Parts that are not there are `None`; only a text that cannot be a name at all is an error.
    pub fn parse(&self, name: &str) -> Result<ParsedName, NotAName> {
        let normal = self.normalise(name)?;
        let letters: Vec<char> = normal.chars().collect();
        let form = self.form_length(&letters);
        let body = Body::of(&letters, letters.len() - form);
        let reading = self.best_reading(&body);
        Ok(self.assemble(normal, &letters, letters.len() - form, &body, &reading))
    }

    /// The length of the form at the end of the name; 0 without one. The longest form wins.
    fn form_length(&self, letters: &[char]) -> usize {
        let mut best = 0;
        self.forms.walk(letters.iter().rev().copied(), |length, _| {
            let leaves_a_body = letters[..letters.len() - length]
                .iter()
                .any(|letter| !matches!(letter, '（' | '）'));
            if length > 1 || leaves_a_body && !self.is_inside_industry_word(letters) {
                best = length;
            }
        });
        best
    }

    /// Whether the last letter belongs to an industry word rather than being a form: 酒店 is not the 店 of a 酒, 书店 is the 店 of a 书.
    fn is_inside_industry_word(&self, letters: &[char]) -> bool {
        (2..=letters.len().min(6)).any(|length| {
            let word = &letters[letters.len() - length..];
            self.industries.is_word(word) && {
                let whole: String = word.iter().collect();
                let stem: String = word[..length - 1].iter().collect();
                self.industries.class_of(&stem) != self.industries.class_of(&whole)
            }
        })
    }

    fn best_reading(&self, body: &Body) -> Reading {
        let split = self.split(&body.letters);
        let mut best = Reading {
            region: None,
            score: split.score,
            split,
        };
        let mut chains = Vec::new();
        for start in 0..body.letters.len() {
            chains.clear();
            self.regions.chains(&body.letters[start..], &mut chains);
            for chain in chains.drain(..) {
                let region = start..start + chain.length;
                let Some(bracketed) = body.bracketed(&region) else { continue };
                let rest: Vec<char> = [&body.letters[..region.start], &body.letters[region.end..]].concat();
                let split = self.split(&rest);
                let Some(place) = place_score(bracketed, &region, body.letters.len(), &split) else {
                    continue;
                };
                let score = chain.score + place + split.score;
                if score > best.score || score == best.score && best.region.is_none() {
                    best = Reading {
                        region: Some((region, chain)),
                        split,
                        score,
                    };
                }
            }
        }
        best
    }

    /// Splits letters into brand and industry wording, the wording behind the brand or, failing that, before it.
    fn split(&self, letters: &[char]) -> Split {
        let length = letters.len();
        let tails = self.industries.tails(letters);
        let wholly_words = self.prefixes_of_words(letters);
        let mut best = Split {
            brand: 0..length,
            industry: length..length,
            class: String::new(),
            score: i32::MIN,
        };
        for (start, tail) in tails.iter().enumerate() {
            let Some(tail_score) = tail.score else { continue };
            let without_industry = if start == length { -6 } else { 0 };
            let score = tail_score + without_industry + self.brand_score(&letters[..start], wholly_words[start]);
            if score > best.score {
                best = Split {
                    brand: 0..start,
                    industry: start..length,
                    class: String::new(),
                    score,
                };
            }
        }
        if best.industry.is_empty() {
            for (end, _) in wholly_words.iter().enumerate().filter(|(end, words)| **words && *end >= 2) {
                let brand = &letters[end..];
                let score = 2 * end as i32 - 3;
                if (2..=4).contains(&brand.len()) && score > best.score {
                    best = Split {
                        brand: end..length,
                        industry: 0..end,
                        class: String::new(),
                        score,
                    };
                }
            }
        }
        best.class = if best.industry.start == 0 && best.brand.start > 0 {
            let tails = self.industries.tails(&letters[best.industry.clone()]);
            self.industries.class(&tails, 0)
        } else {
            self.industries.class(&tails, best.industry.start)
        };
        best
    }

    /// For each length, whether the first so many letters are industry words from end to end.
    fn prefixes_of_words(&self, letters: &[char]) -> Vec<bool> {
        let mut words = vec![false; letters.len() + 1];
        words[0] = true;
        for start in 0..letters.len() {
            if words[start] {
                self.industries.walk(&letters[start..], |length| words[start + length] = true);
            }
        }
        words[0] = false;
        words
    }

    fn brand_score(&self, brand: &[char], wholly_words: bool) -> i32 {
        let by_length = match brand.len() {
            0 => -20,
            1 => -5,
            2..=4 => 0,
            long => 4 - long as i32,
        };
        let text: String = brand.iter().collect();
        if wholly_words && !self.wordings.may_be_brand_though_industry(&text) {
            return by_length - 8;
        }
        if self.regions.is_region(&text) && !self.wordings.may_be_brand_though_region(&text) {
            // A county's name is also an ordinary word more often than a city's.
            return by_length - if self.regions.is_city_or_larger(&text) { 6 } else { 2 };
        }
        by_length
    }

    fn assemble(&self, normal: String, letters: &[char], form_start: usize, body: &Body, reading: &Reading) -> ParsedName {
        let region_range = reading.region.as_ref().map_or(0..0, |(range, _)| range.clone());
        // Letters of the body without the region → places in the normalised name.
        let rest: Vec<usize> = body
            .places
            .iter()
            .enumerate()
            .filter(|(at, _)| !region_range.contains(at))
            .map(|(_, place)| *place)
            .collect();
        let part = |places: &[usize]| part(letters, places);
        let region = part(&body.places[region_range.clone()]);
        let brand = part(&rest[reading.split.brand.clone()]);
        let industry = part(&rest[reading.split.industry.clone()]);
        let form_places: Vec<usize> = (form_start..letters.len()).collect();
        let form = part(&form_places);
        let chain = reading.region.as_ref().map(|(_, chain)| chain);
        let region_key = chain.map_or_else(String::new, |chain| self.regions.canonical(&chain.regions));
        let key = format!("{}|{}", text(&brand), wording_key(text(&industry)));
        let form_text: String = text(&form).chars().filter(|letter| !matches!(letter, '（' | '）')).collect();
        let mut parts = [
            ('R', &region, region_key.as_str()),
            ('B', &brand, text(&brand)),
            ('I', &industry, text(&industry)),
            ('F', &form, &form_text),
        ];
        parts.sort_by_key(|(_, part, _)| part.as_ref().map_or(usize::MAX, |part| part.spans[0].start));
        let order = parts
            .iter()
            .filter(|(_, part, _)| part.is_some())
            .map(|(letter, ..)| *letter)
            .collect();
        let full_key = parts.iter().map(|(_, _, text)| *text).collect::<Vec<_>>().concat();
        ParsedName {
            region_level: chain.map(|chain| self.regions.list[chain.regions[0] as usize].level),
            industry_class: reading.split.class.clone(),
            key,
            full_key,
            order,
            region_key,
            region,
            brand,
            industry,
            form,
            normal,
        }
    }
}

/// What the place of a region adds to the score; `None` where a region cannot stand so.
fn place_score(bracketed: bool, region: &Range<usize>, length: usize, split: &Split) -> Option<i32> {
    if bracketed {
        return Some(4);
    }
    if region.start == 0 {
        return Some(2);
    }
    // Without brackets a region inside or behind a name is believed only exactly between the parts: a brand may hold a place's letters.
    let after_the_brand = region.start >= 2 && split.brand.len() >= 2;
    let between = region.end < length && split.brand == (0..region.start);
    let at_the_end = region.end == length && !split.industry.is_empty();
    (after_the_brand && (between || at_the_end) && !split.industry.is_empty()).then_some(-5)
}

fn text(part: &Option<Part>) -> &str {
    part.as_ref().map_or("", |part| part.text.as_str())
}

/// The part made of the letters at these places, `None` if there are none.
fn part(letters: &[char], places: &[usize]) -> Option<Part> {
    let mut spans: Vec<Span> = Vec::new();
    for place in places {
        match spans.last_mut() {
            Some(last) if last.end == *place => last.end += 1,
            _ => spans.push(Span {
                start: *place,
                end: place + 1,
            }),
        }
    }
    if spans.is_empty() {
        return None;
    }
    Some(Part {
        text: places.iter().map(|place| letters[*place]).collect(),
        spans,
    })
}
