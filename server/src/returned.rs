//! When a library returns, the cases that waited for it go on at once; their own timers would come to it, too, but later.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Actor, CaseId};

use crate::failure::Failure;
use crate::house::House;
use crate::limits::{PAGE_ROWS_MAX, REGISTERS_POLL_MS};
use crate::registers::RegisterKind;
use crate::runner::{Order, empty_input};

/// What services call the libraries that stand on a register.
fn libraries_on(kind: RegisterKind) -> &'static [&'static str] {
    match kind {
        RegisterKind::Enterprises => &["enterprises", "names", "unified-codes"],
        RegisterKind::Addresses => &["addresses"],
        RegisterKind::Identities => &["identities"],
        RegisterKind::Dishonesty => &["dishonesty"],
    }
}

/// Watches the registers until the process ends.
pub async fn follow(house: Arc<House>) {
    let mut serving = serving_now(&house);
    loop {
        tokio::time::sleep(Duration::from_millis(REGISTERS_POLL_MS)).await;
        let now = serving_now(&house);
        for kind in now.difference(&serving) {
            for library in libraries_on(*kind) {
                if let Err(failure) = go_on(&house, library).await {
                    tracing::warn!(library, ?failure, "some cases go on when their own timers say so");
                }
            }
        }
        serving = now;
    }
}

fn serving_now(house: &House) -> BTreeSet<RegisterKind> {
    house
        .registers
        .standing()
        .values()
        .filter(|standing| !standing.closed)
        .map(|standing| standing.kind)
        .collect()
}

/// Performs the action that each waiting case names; one that has moved on by itself refuses, which is right.
async fn go_on(house: &House, library: &str) -> Result<(), Failure> {
    let mut cursor: Option<String> = None;
    loop {
        let (cases, next) = house.lines.waiting(library, cursor.as_deref(), PAGE_ROWS_MAX).await?;
        for id in &cases {
            match review(house, id, library).await {
                Ok(()) | Err(Failure::Refusal { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        match next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

async fn review(house: &House, id: &CaseId, library: &str) -> Result<(), Failure> {
    let Some(loaded) = house.load(id).await? else { return Ok(()) };
    let outline = loaded.desk.service.machine().outline(&loaded.state);
    let Some(wait) = outline.waits.into_iter().find(|wait| wait.library == library) else {
        return Ok(());
    };
    let order = Order {
        actor: &Actor::System,
        desk: &loaded.desk,
        case: Some(id),
        action: &wait.action,
        input: empty_input(),
        once: None,
    };
    house.perform(order).await.map(|_| ())
}
