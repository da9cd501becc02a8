//! Changes of a registered name, each labelled with the rule under which the changed name must be found to stand in the old one's way.

use std::collections::HashMap;
use std::path::Path;

use names::{Lexicon, ParsedName};

use super::generated::{Generated, Made};
use super::plain::Plain;
use super::{Dice, rows};

/// One change that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    Unchanged,
    Width,
    Traditional,
    RegionShortened,
    RegionMoved,
    RegionRemoved,
    RegionChanged,
    FormChanged,
    IndustryWithoutYe,
    IndustryRemoved,
    IndustryExtended,
    IndustrySynonym,
    Homophone,
    LetterAdded,
    LetterRemoved,
    PartHomophone,
    HomophoneOfPart,
    HomophoneWithoutIndustry,
    ContainedWithoutIndustry,
    LookAlike,
}

/// Every mutation: its name, its label.
pub const MUTATIONS: [(Mutation, &str, &str); 20] = [
    (Mutation::Unchanged, "unchanged", "133.identical.1"),
    (Mutation::Width, "full width and spaces", "133.identical.1"),
    (Mutation::Traditional, "traditional or variant letter 繁体", "133.identical.1"),
    (Mutation::RegionShortened, "region by its short name", "133.identical.1"),
    (Mutation::RegionMoved, "region moved into brackets", "133.identical.2"),
    (Mutation::RegionRemoved, "region removed", "133.identical.3"),
    (Mutation::RegionChanged, "another region", "133.identical.3"),
    (Mutation::FormChanged, "another form", "133.identical.3"),
    (Mutation::IndustryWithoutYe, "酒业 → 酒", "133.identical.3"),
    (Mutation::IndustryRemoved, "industry removed", "734.17"),
    (Mutation::IndustryExtended, "empty wording added 发展", "133.similar.1"),
    (Mutation::IndustrySynonym, "industry by a synonym", "133.similar.1"),
    (Mutation::Homophone, "homophone 同音", "133.similar.2"),
    (Mutation::LetterAdded, "brand contained", "133.similar.3"),
    (Mutation::LetterRemoved, "brand containing", "133.similar.3"),
    (Mutation::PartHomophone, "homophone in part 部分同音", "133.similar.4"),
    (Mutation::HomophoneOfPart, "homophone of a part further on", "133.similar.4"),
    (Mutation::HomophoneWithoutIndustry, "homophone, industry removed", "133.similar.5"),
    (
        Mutation::ContainedWithoutIndustry,
        "brand contained, industry removed",
        "133.similar.5",
    ),
    (Mutation::LookAlike, "look-alike 形近", "133.similar.glyph"),
];

/// A changed name.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Which of [`MUTATIONS`].
    pub kind: usize,
    /// The place of the name it was made from.
    pub from: usize,
    /// The changed name.
    pub name: String,
    /// The rule under which the old name must be found.
    pub label: &'static str,
}

/// Makes mutations of generated names.
pub struct Mutator<'a> {
    lexicon: &'a Lexicon,
    plain: &'a Plain,
    letters: Vec<char>,
    /// Standard letter → a traditional or variant one.
    variants: HashMap<char, char>,
    synonyms: Vec<Vec<String>>,
    dice: Dice,
}

/// How often a name is drawn for one mutation; many names have no homophone, or no 业 to drop.
const TRIES_MAX: usize = 200_000;

impl<'a> Mutator<'a> {
    /// Reads what the mutations need from the folder `data/names`.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn new(data: &Path, lexicon: &'a Lexicon, plain: &'a Plain, seed: u64) -> std::io::Result<Self> {
        let mut variants = HashMap::new();
        for row in rows(&data.join("variants.tsv"))? {
            if let (Some(variant), Some(standard)) = (row[0].chars().next(), row[1].chars().next()) {
                variants.entry(standard).or_insert(variant);
            }
        }
        let words = |row: &Vec<String>| row[2].split(' ').map(str::to_owned).collect();
        Ok(Self {
            lexicon,
            plain,
            letters: plain.standard_letters(),
            variants,
            synonyms: rows(&data.join("industry-synonyms.tsv"))?.iter().skip(1).map(words).collect(),
            dice: Dice(seed),
        })
    }

    /// So many changed names of the register, each mutation as often as the others.
    ///
    /// # Errors
    /// The mutation for which no name of the register fits.
    pub fn labelled(&mut self, register: &Generated, count: usize) -> Result<Vec<Labelled>, String> {
        (0..count).map(|number| self.one(register, number % MUTATIONS.len())).collect()
    }

    fn one(&mut self, register: &Generated, kind: usize) -> Result<Labelled, String> {
        let (mutation, words, label) = MUTATIONS[kind];
        for _ in 0..TRIES_MAX {
            let from = self.dice.below(register.len());
            let old = register.made(from);
            if let Some(name) = self.changed(mutation, &old, register) {
                return Ok(Labelled { kind, from, name, label });
            }
        }
        Err(format!("no name of the register fits “{words}”"))
    }

    /// The changed name, if the mutation fits the old one and both are read as they were meant: now and then a letter of a changed brand
    /// joins the industry or the region, and it is another name.
    fn changed(&mut self, mutation: Mutation, old: &Made, register: &Generated) -> Option<String> {
        let (new, text) = self.draft(mutation, old, register)?;
        let read_old = self.read_as(old, &old.name(), "RBIF")?;
        let order = if mutation == Mutation::RegionMoved { "BRIF" } else { "RBIF" };
        let read_new = self.read_as(&new, &text, order)?;
        let classes = (read_old.industry_class.as_str(), read_new.industry_class.as_str());
        let fits = match mutation {
            Mutation::IndustryWithoutYe => read_old.key == read_new.key,
            Mutation::IndustryRemoved => true,
            Mutation::IndustryExtended | Mutation::IndustrySynonym => classes.0 == classes.1 && read_old.key != read_new.key,
            // Without a wording that names an industry, the rule is another one.
            _ => !classes.0.is_empty(),
        };
        (fits && !classes.0.is_empty()).then_some(text)
    }

    fn read_as(&self, meant: &Made, text: &str, order: &str) -> Option<ParsedName> {
        let read = self.lexicon.parse(text).ok()?;
        let order: String = order
            .chars()
            .filter(|part| !(*part == 'R' && meant.region.is_empty() || *part == 'I' && meant.industry.is_empty()))
            .collect();
        let is = |part: &Option<names::Part>, meant: &str| part.as_ref().map_or("", |part| part.text.as_str()) == meant;
        (read.order == order
            && is(&read.region, &meant.region)
            && is(&read.brand, &meant.brand)
            && is(&read.industry, &meant.industry)
            && is(&read.form, &meant.form))
        .then_some(read)
    }

    /// The parts as they are meant to be read, and the text.
    fn draft(&mut self, mutation: Mutation, old: &Made, register: &Generated) -> Option<(Made, String)> {
        let mut new = old.clone();
        match mutation {
            Mutation::Unchanged => {}
            Mutation::Width => {
                let text = format!("{}\u{3000}{} {}{}", old.region, old.brand, old.industry, old.form);
                return Some((new, text));
            }
            Mutation::Traditional => return self.traditional(old).map(|text| (new, text)),
            Mutation::RegionMoved => {
                let text = format!("{}({}){}{}", old.brand, old.region, old.industry, old.form);
                return Some((new, text));
            }
            Mutation::RegionShortened => new.region.clone_from(&old.region_short),
            Mutation::RegionRemoved => new.region.clear(),
            Mutation::RegionChanged => new.region = self.dice.pick(&register.parts.regions).0.clone(),
            Mutation::FormChanged => new.form.clone_from(self.dice.pick(&register.parts.forms)),
            Mutation::IndustryWithoutYe => new.industry = old.industry.strip_suffix('业')?.to_owned(),
            Mutation::IndustryRemoved => new.industry.clear(),
            Mutation::IndustryExtended => new.industry.push_str("发展"),
            Mutation::IndustrySynonym => new.industry = self.synonym(&old.industry)?,
            Mutation::Homophone => new.brand = self.replaced(&old.brand, Plain::sounds_like)?,
            Mutation::LookAlike => {
                let differs = |plain: &Plain, a, b| plain.looks_like(a, b) && !plain.sounds_like(a, b);
                new.brand = self.replaced(&old.brand, differs)?;
            }
            Mutation::LetterAdded => new.brand.push(self.letter(register)?),
            Mutation::LetterRemoved => new.brand = without_last(&old.brand)?,
            Mutation::PartHomophone => {
                new.brand = self.replaced(&old.brand, Plain::sounds_like)?;
                new.brand.push(self.letter(register)?);
            }
            Mutation::HomophoneOfPart => {
                let further: String = old.brand.chars().skip(1).collect();
                new.brand = self.replaced(&further, Plain::sounds_like)?;
            }
            Mutation::HomophoneWithoutIndustry => {
                new.brand = self.replaced(&old.brand, Plain::sounds_like)?;
                new.industry.clear();
            }
            Mutation::ContainedWithoutIndustry => {
                new.brand.push(self.letter(register)?);
                new.industry.clear();
            }
        }
        let (length, changed) = (old.brand.chars().count(), new != *old || mutation == Mutation::Unchanged);
        let long_enough = match mutation {
            Mutation::PartHomophone => length >= 3 && !new.brand.contains(&old.brand),
            Mutation::HomophoneOfPart => length >= 4 && !old.brand.contains(&new.brand),
            _ => length >= 2,
        };
        let text = new.name();
        (changed && long_enough).then_some((new, text))
    }

    fn letter(&mut self, register: &Generated) -> Option<char> {
        self.dice.pick(&register.parts.brands).chars().next()
    }

    /// The brand with one letter replaced by one that is like it.
    fn replaced(&mut self, brand: &str, alike: impl Fn(&Plain, char, char) -> bool) -> Option<String> {
        let mut letters: Vec<char> = brand.chars().collect();
        if letters.is_empty() {
            return None;
        }
        let place = self.dice.below(letters.len());
        let own = letters[place];
        let others: Vec<char> = self
            .letters
            .iter()
            .copied()
            .filter(|other| *other != own && alike(self.plain, own, *other))
            .collect();
        if others.is_empty() {
            return None;
        }
        letters[place] = *self.dice.pick(&others);
        Some(letters.into_iter().collect())
    }

    /// The name with every letter that has one in a traditional or variant form.
    fn traditional(&self, old: &Made) -> Option<String> {
        let name = old.name();
        let text: String = name
            .chars()
            .map(|letter| self.variants.get(&letter).copied().unwrap_or(letter))
            .collect();
        (text != name).then_some(text)
    }

    fn synonym(&mut self, industry: &str) -> Option<String> {
        let group = self.synonyms.iter().find(|group| group.iter().any(|word| word == industry))?;
        let other = self.dice.pick(group);
        (other != industry).then(|| other.clone())
    }
}

/// A brand of three letters or more without its last one.
fn without_last(brand: &str) -> Option<String> {
    let letters: Vec<char> = brand.chars().collect();
    (letters.len() >= 3).then(|| letters[..letters.len() - 1].iter().collect())
}
