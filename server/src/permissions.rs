//! The table of permissions, drawn from the declarations and kept in `docs/generated/`.

use std::fmt::Write;

use kernel::{Service, Who};

/// Every action, query and question of every service with who may.
pub fn table(services: &[Service]) -> String {
    let mut out = String::from(
        "# Permissions\n\nGenerated from the declarations of the services. `applicant`: a citizen who is logged in, opens a case; `owner`: who opened it; \
         `party`: whom the case names; `officer`: of the agency that handles the service; `system`: timers and effects alone; \
         `case`: another case, which opens this one; `clerk`: an officer of that agency, opens a new case.\n\n\
         | service | what | name | who |\n|---|---|---|---|\n",
    );
    for service in services {
        let actions = service.actions.iter().map(|a| ("action", a.name, a.who));
        let queries = service.queries.iter().map(|q| ("query", q.name, q.who));
        let questions = service.questions.iter().map(|q| ("question", q.name, q.who));
        for (what, name, who) in actions.chain(queries).chain(questions) {
            // Writing to a String can't fail.
            _ = writeln!(out, "| {} | {what} | {name} | {} |", service.slug, word(who));
        }
    }
    out
}

fn word(who: Who) -> &'static str {
    match who {
        Who::Anyone => "anyone",
        Who::Applicant => "applicant",
        Who::Owner => "owner",
        Who::Party => "party",
        Who::Officer => "officer",
        Who::System => "system",
        Who::Case => "case",
        Who::Clerk => "clerk",
    }
}
