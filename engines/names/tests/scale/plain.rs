//! A plain reading of the rules for identical and similar names: the name asked about beside every brand of the register, one by one.
//!
//! It shares with the engine only the parts of a name (`parse`) and the data files. It reads the tables of sounds and look-alikes itself,
//! has no way to find candidates, and leaves nothing out. Names are kept as numbers of their parts, so that millions can be read through.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use names::ParsedName;

use super::rows;

/// Stands for a text or a letter that the register does not hold.
const UNKNOWN: u32 = u32::MAX;

/// How a brand stands to the brand asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Same,
    Sound,
    Within,
    PartSound,
    Look,
}

/// The parts of a name as numbers; 0 is the empty text.
struct Known {
    industry: u32,
    /// The industry as it stands in the key.
    meeting: u32,
    class: u32,
    region: u32,
    form: u32,
    order: u32,
    code: u32,
}

/// The register, and what is known of letters.
pub struct Plain {
    readings: HashMap<char, Vec<String>>,
    alike: HashSet<(char, char)>,
    texts: HashMap<String, u32>,
    numbers: HashMap<char, u32>,
    letters: Vec<char>,
    /// Brand after brand, in numbers of letters; where each begins, and one more.
    brands: Vec<u32>,
    starts: Vec<usize>,
    brand_numbers: HashMap<String, usize>,
    /// For each brand, the places of its names.
    places: Vec<Vec<u32>>,
    known: Vec<Known>,
}

/// The brand asked about: for every letter of the register, the places in the brand (as bits) where it is, sounds, or looks the same.
struct Sight {
    length: usize,
    same: Vec<u128>,
    sound: Vec<u128>,
    look: Vec<u128>,
}

/// For each rule, the places of the names that stand in the way under it.
pub type Expected = BTreeMap<&'static str, BTreeSet<usize>>;

impl Plain {
    /// Reads the tables of letters from the folder `data/names`.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn read(data: &Path) -> std::io::Result<Self> {
        let first = |text: &str| text.chars().next().unwrap_or_default();
        let readings = rows(&data.join("characters.tsv"))?;
        let mut alike = HashSet::new();
        for row in rows(&data.join("glyphs.tsv"))? {
            if row[2].parse::<f64>().is_ok_and(|alike| alike > 0.895) {
                alike.insert((first(&row[0]), first(&row[1])));
                alike.insert((first(&row[1]), first(&row[0])));
            }
        }
        Ok(Self {
            readings: readings
                .iter()
                .map(|row| (first(&row[0]), row[2].split(' ').map(str::to_owned).collect()))
                .collect(),
            alike,
            texts: HashMap::from([(String::new(), 0)]),
            numbers: HashMap::new(),
            letters: Vec::new(),
            brands: Vec::new(),
            starts: vec![0],
            brand_numbers: HashMap::new(),
            places: Vec::new(),
            known: Vec::new(),
        })
    }

    /// Whether two letters have a reading in common.
    pub fn sounds_like(&self, a: char, b: char) -> bool {
        let shared = |(a, b): (&Vec<String>, &Vec<String>)| -> bool { a.iter().any(|sound| b.contains(sound)) };
        a == b || self.readings.get(&a).zip(self.readings.get(&b)).is_some_and(shared)
    }

    /// Whether two different letters look alike.
    pub fn looks_like(&self, a: char, b: char) -> bool {
        self.alike.contains(&(a, b))
    }

    /// All letters that have a reading, in their order.
    pub fn standard_letters(&self) -> Vec<char> {
        let mut letters: Vec<char> = self.readings.keys().copied().collect();
        letters.sort_unstable();
        letters
    }

    /// How many brands the register holds.
    pub fn brand_count(&self) -> usize {
        self.places.len()
    }

    /// Adds a name; its place is the number of names before it.
    pub fn add(&mut self, name: &ParsedName, code: Option<&str>) {
        let place = self.known.len() as u32;
        if let Some(brand) = &name.brand {
            let number = self.brand_number(&brand.text);
            self.places[number].push(place);
        }
        let code = digits(code);
        for text in texts(name).into_iter().chain([code.as_str()]) {
            if !self.texts.contains_key(text) {
                self.texts.insert(text.to_owned(), self.texts.len() as u32);
            }
        }
        self.known.push(self.known(name, &code));
    }

    fn brand_number(&mut self, brand: &str) -> usize {
        if let Some(number) = self.brand_numbers.get(brand) {
            return *number;
        }
        for letter in brand.chars() {
            let fresh = self.letters.len() as u32;
            let number = *self.numbers.entry(letter).or_insert(fresh);
            if number == fresh {
                self.letters.push(letter);
            }
            self.brands.push(number);
        }
        self.starts.push(self.brands.len());
        self.places.push(Vec::new());
        self.brand_numbers.insert(brand.to_owned(), self.places.len() - 1);
        self.places.len() - 1
    }

    fn known(&self, name: &ParsedName, code: &str) -> Known {
        let [industry, meeting, class, region, form, order, code] = {
            let [industry, meeting, class, region, form, order] = texts(name);
            [industry, meeting, class, region, form, order, code].map(|text| self.texts.get(text).copied().unwrap_or(UNKNOWN))
        };
        Known {
            industry,
            meeting,
            class,
            region,
            form,
            order,
            code,
        }
    }

    /// Every name that stands in the way, under every rule that it does. The names at `invested` places may share brand and industry.
    pub fn expected(&self, name: &ParsedName, code: Option<&str>, invested: &BTreeSet<usize>) -> Expected {
        let mut expected = Expected::new();
        let Some(brand) = &name.brand else { return expected };
        let sight = self.sight(&brand.text);
        let asked = self.known(name, &digits(code));
        for (number, range) in self.starts.windows(2).enumerate() {
            let Some(stand) = sight.stand(&self.brands[range[0]..range[1]]) else {
                continue;
            };
            for place in self.places[number].iter().map(|place| *place as usize) {
                for rule in rules(stand, &asked, &self.known[place], invested.contains(&place)) {
                    expected.entry(rule).or_default().insert(place);
                }
            }
        }
        expected
    }

    fn sight(&self, brand: &str) -> Sight {
        let view = |holds: &dyn Fn(char, char) -> bool| -> Vec<u128> {
            let bits = |letter: &char| {
                let places = brand.chars().enumerate().filter(|(_, own)| holds(*own, *letter));
                places.map(|(place, _)| 1 << place).sum()
            };
            self.letters.iter().map(bits).collect()
        };
        Sight {
            length: brand.chars().count(),
            same: view(&|own, other| own == other),
            sound: view(&|own, other| self.sounds_like(own, other)),
            look: view(&|own, other| self.looks_like(own, other)),
        }
    }
}

impl Sight {
    fn stand(&self, other: &[u32]) -> Option<Stand> {
        let (own_length, length) = (self.length, other.len());
        if own_length.min(length) == 0 {
            return None;
        }
        let is = |view: &[u128], place: usize, letter: u32| view[letter as usize] >> place & 1 == 1;
        if own_length != length {
            let short = own_length.min(length);
            let found = |view: &[u128]| {
                (0..=own_length - short).any(|own_start| {
                    (0..=length - short).any(|start| (0..short).all(|step| is(view, own_start + step, other[start + step])))
                })
            };
            return match short {
                2.. if found(&self.same) => Some(Stand::Within),
                3.. if found(&self.sound) => Some(Stand::PartSound),
                _ => None,
            };
        }
        let all = |view: &[u128]| other.iter().enumerate().all(|(place, letter)| is(view, place, *letter));
        if all(&self.same) {
            return Some(Stand::Same);
        }
        if length >= 2 && all(&self.sound) {
            return Some(Stand::Sound);
        }
        let mut differing = other.iter().enumerate().filter(|(place, letter)| !is(&self.same, *place, **letter));
        let few = differing.clone().take(3).count() <= 2.min(length / 2);
        (few && differing.all(|(place, letter)| is(&self.look, place, *letter))).then_some(Stand::Look)
    }
}

/// The rules under which a registered name stands against the one asked about.
fn rules(stand: Stand, new: &Known, old: &Known, invested: bool) -> Vec<&'static str> {
    if stand == Stand::Same && new.meeting == old.meeting {
        let same_words = new.region == old.region && new.industry == old.industry && new.form == old.form;
        return match (same_words, new.order == old.order) {
            (true, true) => vec!["133.identical.1"],
            (true, false) => vec!["133.identical.2"],
            _ if invested => Vec::new(),
            _ => vec!["133.identical.3"],
        };
    }
    let both = new.class != 0 && old.class != 0;
    let same_industry = new.class == old.class || new.code != 0 && new.code == old.code;
    if invested || both && !same_industry {
        return Vec::new();
    }
    match stand {
        Stand::Same if both => vec!["734.17", "133.similar.1"],
        Stand::Same => vec!["734.17"],
        Stand::Look => vec!["133.similar.glyph"],
        Stand::Sound | Stand::Within | Stand::PartSound if !both => vec!["133.similar.5"],
        Stand::Sound => vec!["133.similar.2"],
        Stand::Within => vec!["133.similar.3"],
        Stand::PartSound => vec!["133.similar.4"],
    }
}

/// The texts that the rules compare, brand apart: industry, industry as in the key, class, region, form, order.
fn texts(name: &ParsedName) -> [&str; 6] {
    fn text(part: &Option<names::Part>) -> &str {
        part.as_ref().map_or("", |part| part.text.as_str())
    }
    [
        text(&name.industry),
        name.key.rsplit_once('|').map_or("", |(_, industry)| industry),
        &name.industry_class,
        &name.region_key,
        text(&name.form),
        &name.order,
    ]
}

/// The three leading digits of an industry code, empty without one.
fn digits(code: Option<&str>) -> String {
    let code = code.unwrap_or_default();
    code.trim_start_matches(char::is_alphabetic).chars().take(3).collect()
}
