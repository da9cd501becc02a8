//! Reads Chinese company names as a registrar does: what the parts are, which wordings the law forbids, and which
//! registered names are identical (相同) or similar (相近).
//!
//! The words, characters and rules are data (`data/names`, and `names/` of a zone), loaded into a [`Lexicon`]. A [`Lexicon`]
//! takes one name apart ([`Lexicon::parse`]) and reports its forbidden wordings ([`Lexicon::wordings`]). An [`Index`] holds the
//! names that are registered or reserved and answers which of them stand in the way ([`Index::compare`]).
//!
//! Sources: 国务院令第734号《企业名称登记管理规定》; 工商企注字〔2017〕133号《企业名称禁限用规则》《企业名称相同相近比对规则》.
//! No clock here: the day of the question is passed in.

mod characters;
mod error;
mod index;
mod industry;
mod lexicon;
pub mod limits;
mod marks;
mod parse;
mod region;
mod rules;
mod similarity;
mod table;
mod trie;
mod wordings;

pub use error::{LexiconError, NotAName};
pub use index::{Departure, Entry, Found, Index, InsertError, Question, Status, Terms};
pub use lexicon::Lexicon;
pub use parse::{ParsedName, Part, Span};
pub use rules::{Against, Hit, RuleText, Severity};
pub use similarity::Similarity;
