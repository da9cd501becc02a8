//! The lists that the city is made of: brands, trades, parts of names of people and buildings.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kernel::Zone;
use kernel::zone::ZoneError;

/// The lists of `data/demo/`.
pub(super) struct Lists {
    /// Firms by name and class that stand in every city.
    pub examples: Vec<(String, String)>,
    pub brands: Vec<String>,
    pub trades: Vec<Trade>,
    pub family_names: Vec<String>,
    /// Characters of given names under `any`, `men` and `women`.
    pub given_names: Words,
    /// Characters under `first` and `second`, what buildings are called under their use.
    pub buildings: Words,
}

/// A wording of a trade, its class of GB/T 4754, and the forms that firms of the trade have.
pub(super) struct Trade {
    pub wording: String,
    pub class: String,
    pub forms: Vec<String>,
}

/// Words by the first word of their line. Every heading that was asked for is there and has words.
pub(super) struct Words(BTreeMap<String, Vec<String>>);

impl Words {
    /// The words of a heading.
    pub fn of(&self, heading: &str) -> &[String] {
        self.0.get(heading).map_or(&[], Vec::as_slice)
    }
}

impl Lists {
    /// Reads the lists from the folder `demo` of the product's `data/`.
    pub fn read(national: &Path, zone: &Zone) -> Result<Self, ZoneError> {
        let text = |name: &str| {
            let path = national.join("demo").join(name);
            fs::read_to_string(&path).map_err(|e| ZoneError::new(&path.display().to_string(), e))
        };
        Ok(Self {
            examples: examples(&text("examples.txt")?)?,
            brands: filled("brands.txt", words(&text("brands.txt")?))?,
            trades: trades(&text("trades.csv")?, zone)?,
            family_names: filled("family-names.txt", words(&text("family-names.txt")?))?,
            given_names: headed("given-names.txt", &text("given-names.txt")?, &["any", "men", "women"])?,
            buildings: headed(
                "buildings.txt",
                &text("buildings.txt")?,
                &["first", "second", "office", "commercial", "industrial", "residential"],
            )?,
        })
    }
}

fn examples(text: &str) -> Result<Vec<(String, String)>, ZoneError> {
    let pair = |line: &str| {
        let pair = line.split_once(' ').map(|(name, class)| (name.to_owned(), class.trim().to_owned()));
        pair.ok_or_else(|| ZoneError::new("examples.txt", format!("“{line}” is not a name and a class")))
    };
    lines(text).map(pair).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn words(text: &str) -> Vec<String> {
    lines(text).flat_map(str::split_whitespace).map(str::to_owned).collect()
}

fn filled<T>(file: &str, items: Vec<T>) -> Result<Vec<T>, ZoneError> {
    if items.is_empty() {
        Err(ZoneError::new(file, "the list is empty"))
    } else {
        Ok(items)
    }
}

fn headed(file: &str, text: &str, headings: &[&str]) -> Result<Words, ZoneError> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(text) {
        let mut words = line.split_whitespace().map(str::to_owned);
        if let Some(heading) = words.next() {
            found.entry(heading).or_default().extend(words);
        }
    }
    for heading in headings {
        if found.get(*heading).is_none_or(Vec::is_empty) {
            return Err(ZoneError::new(file, format!("no words under {heading}")));
        }
    }
    Ok(Words(found))
}

fn trades(text: &str, zone: &Zone) -> Result<Vec<Trade>, ZoneError> {
    let mut trades = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        let wrong = |why: &str| ZoneError::new("trades.csv", format!("line {}: {why}", index + 1));
        let [wording, class, forms] = line.split(',').collect::<Vec<_>>()[..] else {
            return Err(wrong("three columns: wording, class, forms"));
        };
        if !zone.industries.contains_key(class) {
            return Err(wrong("no such class of GB/T 4754"));
        }
        let forms: Vec<String> = forms.split('|').map(str::to_owned).collect();
        if wording.is_empty() || forms.iter().any(String::is_empty) {
            return Err(wrong("an empty word"));
        }
        trades.push(Trade {
            wording: wording.into(),
            class: class.into(),
            forms,
        });
    }
    filled("trades.csv", trades)
}
