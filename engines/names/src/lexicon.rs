//! The lexicon: all words, characters and rules by which names are read, loaded from data files and checked on the way.

use std::path::Path;

use crate::characters::Characters;
use crate::error::{LexiconError, NotAName};
use crate::industry::Industries;
use crate::marks::{self, Mark};
use crate::region::Regions;
use crate::rules::{RuleText, Rules};
use crate::similarity::Similarity;
use crate::table::{self, Faults};
use crate::trie::Trie;
use crate::wordings::Wordings;

/// The words and rules of names, national and of one zone.
pub struct Lexicon {
    pub(crate) characters: Characters,
    pub(crate) regions: Regions,
    pub(crate) industries: Industries,
    /// Forms of organisation, spelt backwards.
    pub(crate) forms: Trie,
    pub(crate) wordings: Wordings,
    pub(crate) marks: Vec<Mark>,
    pub(crate) rules: Rules,
    pub(crate) similarity: Similarity,
}

impl Lexicon {
    /// Loads the national folder (`data/names`) and the zone's (`data/zones/<zone>/names`). The zone's folder may hold none or any of
    /// `regions.tsv` and `wordings.toml` (added to the national ones), `rules.toml`, `marks.tsv`, `industry-synonyms.tsv` and
    /// `similarity.toml` (in place of the national ones).
    ///
    /// # Errors
    /// All that is wrong, by file and line.
    pub fn load(national: &Path, zone: &Path) -> Result<Self, LexiconError> {
        let mut faults = Faults::default();
        let similarity = Similarity::load(&table::zone_or_national(national, zone, "similarity.toml"), &mut faults);
        let mut rules = Rules::load(&table::zone_or_national(national, zone, "rules.toml"), &mut faults);
        let wordings = Wordings::load(national, zone, &mut rules, &mut faults);
        let characters = Characters::load(national, similarity.glyph_alike_percent_min, &mut faults);
        let regions = Regions::load(national, zone, &mut faults);
        let industries = Industries::load(national, zone, &mut faults);
        let forms = load_forms(national, &mut faults);
        let marks = marks::load(national, zone, |wording| industries.class_of(wording), &mut faults);
        faults.finish()?;
        Ok(Self {
            characters,
            regions,
            industries,
            forms,
            wordings,
            marks,
            rules,
            similarity,
        })
    }

    /// Every rule with its severity, its words in both languages, and its legal basis.
    pub fn rules(&self) -> &[RuleText] {
        self.rules.all()
    }

    /// Brings a name to one form: half width, standard characters, Chinese brackets, no white space. The same text twice is the same text once.
    ///
    /// # Errors
    /// The text is empty, too long, or holds characters that cannot be seen.
    pub fn normalise(&self, name: &str) -> Result<String, NotAName> {
        self.characters.normalise(name)
    }

    /// The numbers by which similarity is judged.
    pub fn similarity(&self) -> &Similarity {
        &self.similarity
    }
}

fn load_forms(national: &Path, faults: &mut Faults) -> Trie {
    let table = table::table(&national.join("forms.tsv"), true, 2, 2, faults);
    let mut forms = Trie::default();
    for (number, row) in table.rows.iter().enumerate() {
        if forms.add(row.columns[0].chars().rev(), number as u32).is_some() {
            faults.add(&table.file, row.line, format!("“{}” stands twice", row.columns[0]));
        }
        if !matches!(
            row.columns[1].as_str(),
            "company" | "partnership" | "sole" | "individual" | "cooperative" | "enterprise"
        ) {
            faults.add(&table.file, row.line, format!("“{}” is not a kind of form", row.columns[1]));
        }
    }
    forms
}
