//! `qianhai services`: what the zone offers; and the generated documents about it.

use std::path::PathBuf;

use clap::Args;
use kernel::Who;
use serde_json::json;

use super::{Common, Done, Stop};
use crate::house::all_services;
use crate::{catalogue, openapi, permissions};

#[derive(Args)]
pub(crate) struct Services {
    /// Slug of one service
    slug: Option<String>,
}

impl Services {
    pub async fn run(self, common: &Common) -> Done {
        let services = all_services();
        let chapters = catalogue::chapters();
        let Some(slug) = self.slug else {
            let open = |slug: &str| services.iter().any(|s| s.slug == slug);
            let list: Vec<_> = chapters
                .iter()
                .flat_map(|c| {
                    c.services
                        .iter()
                        .map(|s| json!({"number": s.number, "chapter": c.id, "slug": s.slug, "name": s.name, "open": open(&s.slug)}))
                })
                .collect();
            return common.show(&list, |_| {
                let mut text = String::new();
                for chapter in &chapters {
                    text.push_str(&format!("{} / {}\n", chapter.name.zh, chapter.name.en));
                    for s in &chapter.services {
                        let mark = if open(&s.slug) { "●" } else { "○" };
                        text.push_str(&format!("  {mark} {:>2} {:<26} {} / {}\n", s.number, s.slug, s.name.zh, s.name.en));
                    }
                }
                text + "● open 已开通   ○ not yet built 建设中"
            });
        };
        let parts: Vec<&str> = services
            .iter()
            .filter(|s| s.part_of == Some(slug.as_str()))
            .map(|s| s.slug)
            .collect();
        let service = services
            .into_iter()
            .find(|s| s.slug == slug)
            .ok_or_else(|| Stop::Failed(format!("{slug} is not open; `qianhai services` lists all")))?;
        let value = json!({
            "slug": service.slug, "part_of": service.part_of, "parts": parts, "version": service.version, "text": service.text,
            "actions": service.actions.iter().map(|a| json!({"name": a.name, "who": a.who, "schema": a.schema})).collect::<Vec<_>>(),
            "queries": service.queries.iter().map(|q| json!({"name": q.name, "who": q.who})).collect::<Vec<_>>(),
            "questions": service.questions.iter().map(|q| json!({"name": q.name, "who": q.who, "schema": q.schema})).collect::<Vec<_>>(),
        });
        common.show(&value, |_| {
            let t = &service.text;
            let mut text = format!("{} / {}\n{}\n{}\n\n", t.name.zh, t.name.en, t.summary.zh, t.summary.en);
            for action in service.actions.iter().filter(|a| a.who != Who::System) {
                let words = t
                    .action
                    .get(action.name)
                    .map(|w| format!("{} / {}", w.zh, w.en))
                    .unwrap_or_default();
                text.push_str(&format!(
                    "  {:<12} {:<11} {words}\n",
                    action.name,
                    format!("{:?}", action.who).to_lowercase()
                ));
            }
            text + "\n--json shows the form of each action."
        })
    }
}

#[derive(Args)]
pub(crate) struct Docs {
    /// Folder to write to
    #[arg(long, default_value = "docs/generated")]
    out: PathBuf,
}

impl Docs {
    pub fn run(self, _common: &Common) -> Done {
        let failed = |e: std::io::Error| Stop::Failed(format!("{}: {e}", self.out.display()));
        std::fs::create_dir_all(&self.out).map_err(failed)?;
        let document = openapi::document(&crate::house::desks_anywhere());
        let text = serde_json::to_string_pretty(&document).map_err(|e| Stop::Failed(e.to_string()))?;
        std::fs::write(self.out.join("openapi.json"), text + "\n").map_err(failed)?;
        std::fs::write(self.out.join("permissions.md"), permissions::table(&all_services())).map_err(failed)?;
        std::fs::write(self.out.join("services.md"), services_page()).map_err(failed)
    }
}

fn services_page() -> String {
    let services = all_services();
    let mut text = String::from(
        "# Services\n\nGenerated from the catalogue and the declarations.\n\n| # | slug | 名称 | name | open |\n|---|---|---|---|---|\n",
    );
    for entry in catalogue::chapters().iter().flat_map(|c| &c.services) {
        let open = services
            .iter()
            .find(|s| s.slug == entry.slug)
            .map_or("—".to_string(), |s| format!("version {}", s.version));
        text.push_str(&format!(
            "| {} | {} | {} | {} | {open} |\n",
            entry.number, entry.slug, entry.name.zh, entry.name.en
        ));
    }
    text.push_str("\n## Parts\n\nServices of other authorities that a reform opens cases at.\n\n| slug | part of | 名称 | name |\n|---|---|---|---|\n");
    for service in services.iter().filter(|s| s.part_of.is_some()) {
        let name = &service.text.name;
        let whole = service.part_of.unwrap_or_default();
        text.push_str(&format!("| {} | {whole} | {} | {} |\n", service.slug, name.zh, name.en));
    }
    text
}
