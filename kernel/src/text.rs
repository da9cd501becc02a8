//! Words in two languages, and the text file that every service brings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in Chinese and English; Chinese is the one that binds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Bilingual {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
    /// Replaces `{name}` by its value in both languages; a name without value stays as it is, so that it is seen and mended.
    /// A value may differ by language: `name.zh` and `name.en` are tried before `name`.
    #[must_use]
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Self {
        Self {
            zh: fill(&self.zh, values, "zh"),
            en: fill(&self.en, values, "en"),
        }
    }
    /// True if either language is missing.
    pub fn is_incomplete(&self) -> bool {
        self.zh.trim().is_empty() || self.en.trim().is_empty()
    }
}

fn fill(template: &str, values: &BTreeMap<String, String>, language: &str) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else {
            break;
        };
        let name = &rest[open + 1..open + length];
        out.push_str(&rest[..open]);
        match values.get(&format!("{name}.{language}")).or_else(|| values.get(name)) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[open..=open + length]),
        }
        rest = &rest[open + length + 1..];
    }
    out.push_str(rest);
    out
}

/// What `text.toml` of a service holds. Unknown keys are refused, so a misspelt one is found at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceText {
    /// The name on the door.
    pub name: Bilingual,
    /// One sentence below the name.
    pub summary: Bilingual,
    /// The service guide (办事指南).
    pub guide: Guide,
    /// Groups of the fields of the opening form, in order.
    #[serde(default)]
    pub section: Vec<Section>,
    /// Words by action name.
    pub action: BTreeMap<String, Labelled>,
    /// Words by question or query name.
    #[serde(default)]
    pub query: BTreeMap<String, Labelled>,
    /// Words by `Type.field`.
    #[serde(default)]
    pub field: BTreeMap<String, Labelled>,
    /// Words by `Type.value` of a choice.
    #[serde(default)]
    pub choice: BTreeMap<String, Bilingual>,
    /// Words by status.
    pub status: BTreeMap<String, Bilingual>,
    /// Words by step of the progress line.
    pub step: BTreeMap<String, Bilingual>,
    /// Words by event kind; placeholders are taken from the event.
    pub event: BTreeMap<String, Bilingual>,
    /// Words by refusal code.
    #[serde(default)]
    pub refusal: BTreeMap<String, Bilingual>,
    /// Words by notice name.
    #[serde(default)]
    pub notice: BTreeMap<String, Bilingual>,
    /// Words by key of a case's card. Where there are any, the portal shows no key without words: the rest is for programs.
    #[serde(default)]
    pub card: BTreeMap<String, Bilingual>,
    /// Elements that a decision looks at, such as `name` and `address`.
    #[serde(default)]
    pub element: BTreeMap<String, Bilingual>,
    /// Rules by id, with what is said when they hold and when not.
    #[serde(default)]
    pub rule: BTreeMap<String, RuleText>,
}

/// The service guide: who may come, with what, how long it takes, by which law.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// Who may apply.
    pub who: Bilingual,
    /// What to bring.
    pub materials: Vec<Bilingual>,
    /// How long it takes.
    pub days: Bilingual,
    /// What it costs.
    pub fee: Bilingual,
    /// The law that it rests on.
    pub law: Vec<Bilingual>,
    /// What happens, step by step.
    pub steps: Vec<Bilingual>,
}

/// A group of fields of a form.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Chinese and English title.
    pub title: Bilingual,
    /// Names of the properties that stand in it.
    pub fields: Vec<String>,
}

/// A label with an optional line of help.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// Chinese label.
    pub zh: String,
    /// English label.
    pub en: String,
    /// One line that helps to fill it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Bilingual>,
    /// How a field wants to be edited: `money`, `percent`, `name`, `address`, `scope`, `textarea`, `date`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget: Option<String>,
}

/// The words of one rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// What is looked at.
    pub name: Bilingual,
    /// The law or notice that it rests on.
    pub basis: Bilingual,
    /// Said when the rule is kept.
    pub pass: Bilingual,
    /// Said when it is not.
    pub fail: Bilingual,
}

impl ServiceText {
    /// Reads `text.toml`; the error names line and key.
    pub fn parse(toml_text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(toml_text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_by_language_and_strangers_stay() {
        let values = BTreeMap::from([
            ("who".to_string(), "红光".to_string()),
            ("day.zh".into(), "明天".into()),
            ("day.en".into(), "tomorrow".into()),
        ]);
        let text = Bilingual::new("{who}{day}{x", "{who} {day} {else}").fill(&values);
        assert_eq!(text, Bilingual::new("红光明天{x", "红光 tomorrow {else}"));
    }
}
