//! What the operator of an installation sets: where mail goes, who vouches for logins, where traces are sent. One TOML file, given to
//! `serve --settings`; each area reads its own section, and a section that nobody knows is an error.

use std::path::Path;

use kernel::Problem;
use serde::de::DeserializeOwned;

/// Every section that some area reads.
const SECTIONS: [&str; 6] = ["oidc", "passkeys", "mail", "traces", "webhooks", "systems"];

/// The operator's settings, read once at the start.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    sections: toml::Table,
}

impl Operator {
    /// Reads a file.
    ///
    /// # Errors
    /// The file can't be read, is no TOML, or has a section that nobody knows.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|e| Problem::during(&format!("{} is read", path.display()), e))?;
        Self::parse(&text)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// As [`Operator::read`].
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let sections: toml::Table = text.parse().map_err(|e| Problem::during("the operator's settings are read", e))?;
        match sections.keys().find(|name| !SECTIONS.contains(&name.as_str())) {
            Some(name) => Err(Problem(format!(
                "the operator's settings have a section [{name}], which means nothing"
            ))),
            None => Ok(Self { sections }),
        }
    }

    /// A section, if it is set.
    ///
    /// # Errors
    /// It has another shape.
    pub fn section<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let section = self.sections.get(name).cloned();
        section
            .map(|value| {
                value
                    .try_into()
                    .map_err(|e| Problem::during(&format!("the operator's section [{name}] is read"), e))
            })
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_section_is_an_error_and_an_absent_one_is_none() {
        assert!(Operator::parse("[mial]\nserver = \"x\"").unwrap_err().to_string().contains("mial"));
        assert!(Operator::parse("").unwrap().section::<toml::Table>("mail").unwrap().is_none());
        assert!(Operator::parse("mail = 3").unwrap().section::<toml::Table>("mail").is_err());
    }
}
