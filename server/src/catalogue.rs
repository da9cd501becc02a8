//! The 43 reforms, built or not: number, slug, chapter, name and lead agency.

use kernel::Bilingual;
use serde::{Deserialize, Serialize};

/// A chapter of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chapter {
    /// Folder under `services/`.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// Its reforms in order.
    #[serde(rename = "service")]
    pub services: Vec<Entry>,
}

/// A reform.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its number in the list of the 43.
    pub number: u32,
    /// Kebab-case; never changes.
    pub slug: String,
    /// The agency that leads it, an id that the zone names.
    pub agency: String,
    /// Its name.
    pub name: Bilingual,
    /// One sentence.
    pub summary: Bilingual,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    chapter: Vec<Chapter>,
}

/// All chapters.
///
/// # Panics
/// If the compiled-in list is malformed, which the tests would show.
pub fn chapters() -> Vec<Chapter> {
    let catalogue: Catalogue = toml::from_str(include_str!("catalogue.toml")).expect("catalogue.toml is well formed");
    catalogue.chapter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_43_stand_once_and_in_order() {
        let chapters = chapters();
        let numbers: Vec<u32> = chapters.iter().flat_map(|c| &c.services).map(|s| s.number).collect();
        assert_eq!(numbers, (1..=43).collect::<Vec<_>>());
        assert!(
            chapters
                .iter()
                .flat_map(|c| &c.services)
                .all(|s| !s.name.is_incomplete() && !s.summary.is_incomplete())
        );
    }
}
