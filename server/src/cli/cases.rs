//! `qianhai do` and `qianhai case`: acting on cases and looking at them from the console.

use std::io::Read;

use clap::Args;
use kernel::{Actor, CaseId, StepState, Who};
use serde_json::{Value, json};

use super::{Common, Done, Stop, actor};
use crate::limits::{BODY_BYTES_MAX, EVENTS_PER_READ};
use crate::runner::{Idempotency, Order};
use crate::timeline;
use crate::view::CaseView;

#[derive(Args)]
pub(crate) struct Do {
    /// Slug of the service
    slug: String,
    /// Name of the action
    action: String,
    /// The case; without it the action opens one
    #[arg(long)]
    case: Option<String>,
    /// Account that acts; without it the machine does
    #[arg(long = "as", value_name = "ACCOUNT")]
    account: Option<String>,
    /// JSON of the input: a file, or - for standard input; {} if not given
    #[arg(long, value_name = "FILE|-")]
    input: Option<String>,
    /// Makes a repetition harmless
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Do {
    pub async fn run(self, common: &Common) -> Done {
        let input = read_input(self.input.as_deref())?;
        let house = common.house().await?;
        let actor = actor(&house, self.account.as_deref()).await?;
        let desk = house
            .desks
            .get(self.slug.as_str())
            .ok_or_else(|| Stop::Failed(format!("no open service {}", self.slug)))?;
        let declared = desk.service.find_action(&self.action);
        let declared = declared.ok_or_else(|| {
            Stop::Usage(format!(
                "{} has no action {}; `qianhai services {}` lists them",
                self.slug, self.action, self.slug
            ))
        })?;
        if self.account.is_none() && declared.who != Who::System {
            return Err(Stop::Usage(format!(
                "{} is a person's to do: say as whom with --as ACCOUNT",
                self.action
            )));
        }
        let case = self.case.as_deref().map(parse_case).transpose()?;
        let once = self.idempotency_key.map(|key| {
            let owner = actor.account().map_or("console", |a| a.as_str());
            let body = input.to_string();
            Idempotency::of(
                &format!("account:{owner}"),
                &key,
                &[self.slug.as_bytes(), self.action.as_bytes(), body.as_bytes()],
            )
        });
        let order = Order {
            actor: &actor,
            desk,
            case: case.as_ref(),
            action: &self.action,
            input,
            once,
        };
        let answered = house.perform(order).await?;
        let value: Value = serde_json::from_slice(&answered.body).map_err(|e| Stop::Failed(e.to_string()))?;
        house.close().await;
        let refused = answered.status >= 400;
        common.show(&value, brief)?;
        if refused { Err(Stop::Silent) } else { Ok(()) }
    }
}

fn brief(value: &Value) -> String {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
    if let Some(error) = value.get("error") {
        return format!(
            "{} / {} [{}]",
            text(&error["message"]["zh"]),
            text(&error["message"]["en"]),
            text(&error["code"])
        );
    }
    let mut out = format!(
        "{}  {}\n{} / {}\n",
        text(&value["id"]),
        text(&value["title"]),
        text(&value["status_text"]["zh"]),
        text(&value["status_text"]["en"])
    );
    for finding in value["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|f| f["outcome"] != "pass")
    {
        let place = if text(&finding["pointer"]).is_empty() {
            String::new()
        } else {
            format!(" ({})", text(&finding["pointer"]))
        };
        out.push_str(&format!(
            "  {:<8}{} / {}{place}\n",
            text(&finding["outcome"]),
            text(&finding["text"]["zh"]),
            text(&finding["text"]["en"])
        ));
        out.push_str(&format!("          {}\n", text(&finding["basis"]["zh"])));
    }
    if let Some(code) = value["card"]["unified_code"].as_str() {
        out.push_str(&format!("统一社会信用代码 / unified code: {code}\n"));
    }
    out
}

pub(crate) fn parse_case(text: &str) -> Result<CaseId, Stop> {
    CaseId::try_new(text).map_err(|_| Stop::Usage(format!("{text} is not a case number")))
}

fn read_input(place: Option<&str>) -> Result<Value, Stop> {
    let failed = |e: std::io::Error| Stop::Failed(format!("--input: {e}"));
    let mut bytes = Vec::new();
    let limit = BODY_BYTES_MAX as u64 + 1;
    match place {
        None => return Ok(json!({})),
        Some("-") => std::io::stdin().take(limit).read_to_end(&mut bytes).map_err(failed)?,
        Some(file) => std::fs::File::open(file)
            .map_err(failed)?
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(failed)?,
    };
    if bytes.len() > BODY_BYTES_MAX {
        return Err(Stop::Failed(format!("--input: more than {BODY_BYTES_MAX} bytes")));
    }
    serde_json::from_slice(&bytes).map_err(|e| Stop::Failed(format!("--input: not JSON: {e}")))
}

#[derive(Args)]
pub(crate) struct Show {
    /// Case number
    id: String,
    /// Takes every decision of the case again and says whether the same events come out
    #[arg(long)]
    replay: bool,
}

impl Show {
    pub async fn run(self, common: &Common) -> Done {
        let house = common.house().await?;
        let id = parse_case(&self.id)?;
        if self.replay {
            let replayed = house.replay(&id).await?;
            if replayed.is_empty() {
                return Err(Stop::Failed(format!("no case {id}")));
            }
            let all_same = replayed.iter().all(|r| r.same);
            common.show(&replayed, |replayed| {
                let line = |r: &crate::replay::Replayed| {
                    let word = if r.same { "same / 一致" } else { "DIFFERS / 不一致" };
                    format!("{}  {:<10} version {}  {word}", r.at, r.action, r.version)
                };
                replayed.iter().map(line).collect::<Vec<_>>().join("\n")
            })?;
            return if all_same { Ok(()) } else { Err(Stop::Silent) };
        }
        let (_, view) = house
            .see(&id, &Actor::System)
            .await
            .map_err(|_| Stop::Failed(format!("no case {id}")))?;
        let events = timeline::of(&house, &id, EVENTS_PER_READ).await?;
        let value = json!({"case": view, "events": events});
        common.show(&value, |value| case_text(&view, value))
    }
}

fn case_text(view: &CaseView, value: &Value) -> String {
    let mut out = brief(&value["case"]);
    for step in &view.steps {
        let mark = match step.state {
            StepState::Done => "✓",
            StepState::Current => "▸",
            StepState::Ahead => "·",
            StepState::Stopped => "✗",
        };
        out.push_str(&format!("  {mark} {} / {}\n", step.text.zh, step.text.en));
    }
    for event in value["events"].as_array().into_iter().flatten() {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_string();
        out.push_str(&format!(
            "  {:>3} {}  {} / {}\n",
            event["version"],
            text(&event["at"]),
            text(&event["text"]["zh"]),
            text(&event["text"]["en"])
        ));
    }
    out
}
