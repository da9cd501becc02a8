//! `qianhai names check`: what the rules say of a company name.

use clap::{Args, Subcommand};
use kernel::Outcome;
use kernel::ports::{Answer, NameLibrary, NameQuestion, NameReport};

use super::{Common, Done, Stop};

#[derive(Args)]
pub(crate) struct Names {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Reads a name, checks its wording, compares it with every live name; exit 1 if it can't be had
    Check {
        /// The full name
        name: String,
        /// GB/T 4754 class of the main industry, such as I6513
        #[arg(long)]
        industry: Option<String>,
    },
}

impl Names {
    pub async fn run(self, common: &Common) -> Done {
        let Verb::Check { name, industry } = self.verb;
        let house = common.house().await?;
        let today = house.today();
        let terms = house
            .zone
            .terms_on("instant-registration", today)
            .map_err(|e| Stop::Failed(e.to_string()))?;
        let months = |key: &str| terms[key].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
        let question = NameQuestion {
            name,
            own: String::new(),
            industry,
            investors: vec![],
            on: today,
            cancelled_months: months("cancelled-name-months"),
            revoked_months: months("revoked-name-months"),
        };
        let report = match house.names.check(&question).await {
            Answer::Given(report) => report,
            Answer::Down(down) => return Err(Stop::Failed(format!("the library {} does not answer: {}", down.library, down.why))),
        };
        house.close().await;
        let blocked = report.hits.iter().any(|h| h.outcome >= Outcome::Block);
        common.show(&report, text)?;
        if blocked { Err(Stop::Silent) } else { Ok(()) }
    }
}

fn text(report: &NameReport) -> String {
    let part = |text: &str| if text.is_empty() { "—".to_string() } else { text.to_string() };
    let p = &report.parts;
    let mut out = format!(
        "行政区划 region {}｜字号 brand {}｜行业 industry {}｜组织形式 form {}\n",
        part(&p.region),
        part(&p.brand),
        part(&p.industry),
        part(&p.form)
    );
    if report.hits.is_empty() {
        out.push_str("可用 / free");
    }
    for hit in &report.hits {
        let outcome = match hit.outcome {
            Outcome::Block => "禁止 block",
            Outcome::Refer => "须批准 needs approval",
            _ => "提示 warn",
        };
        out.push_str(&format!(
            "{outcome}  [{}] {} / {}\n    {}\n",
            hit.rule, hit.words.text.zh, hit.words.text.en, hit.words.basis.zh
        ));
    }
    out
}
