//! Sends deliveries: to each target one at a time and in order, to different targets side by side; again and ever more rarely where one
//! does not arrive.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use journal::WriteError;
use kernel::{Bilingual, CaseId};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::task::{JoinError, JoinSet};

use super::follow::system_target;
use super::queue::{Delivery, State};
use super::signature::{Secret, sign};
use super::subscriptions::{Disabled, Webhook};
use super::{Hooks, message, queue};
use crate::clock;
use crate::failure::Failure;
use crate::limits::{
    DELIVERIES_AT_ONCE_MAX, DELIVERY_EVENTS, DELIVERY_LOOK_SECONDS, DELIVERY_RETRY_MS, SYSTEM_RETRY_MS_MAX, WEBHOOK_RETRY_MS_MAX,
};
use crate::portal::notices;

/// Targets for which something may wait, and until when those rest at which nothing arrived.
#[derive(Debug, Default)]
pub(super) struct Pending {
    targets: BTreeSet<String>,
    rests: BTreeMap<String, Rest>,
}

/// A target rests.
#[derive(Debug, Clone, Copy)]
struct Rest {
    until_ms: i64,
    /// Tries in a row that failed.
    failures: u32,
}

/// What a turn of a target came to.
enum Turn {
    /// Nothing waits.
    Empty,
    /// One arrived; more may wait.
    More,
    /// One did not arrive; not again before so many milliseconds have gone.
    Rest(i64),
}

/// What became of one message.
struct Sent {
    arrived: bool,
    gone: bool,
    answer: String,
}

/// Milliseconds until the next try after so many failed ones: it doubles up to a cap; `dice` moves it by up to a quarter, so that those
/// that failed together don't come back together.
fn pause_ms(failures: u32, max_ms: i64, dice: u64) -> i64 {
    let doubled = DELIVERY_RETRY_MS.saturating_mul(1_i64 << failures.min(40)).min(max_ms);
    doubled * (75 + (dice % 51).cast_signed()) / 100
}

impl Pending {
    /// The targets that may be sent to now, and when the next of the others may.
    fn ready(&self, busy: &HashSet<String>, now_ms: i64) -> (Vec<String>, Option<i64>) {
        let until_ms = |target: &String| self.rests.get(target).map_or(0, |rest| rest.until_ms);
        let free = || self.targets.iter().filter(|target| !busy.contains(*target));
        let ready = free().filter(|target| until_ms(target) <= now_ms).cloned().collect();
        (ready, free().map(until_ms).filter(|until| *until > now_ms).min())
    }

    fn settle(&mut self, target: String, turn: &Turn, now_ms: i64) {
        match turn {
            Turn::Empty => _ = self.rests.remove(&target),
            Turn::More => {
                self.rests.remove(&target);
                self.targets.insert(target);
            }
            Turn::Rest(ms) => {
                let failures = self.failures(&target) + 1;
                let until_ms = now_ms + ms;
                self.rests.insert(target.clone(), Rest { until_ms, failures });
                self.targets.insert(target);
            }
        }
    }

    fn failures(&self, target: &str) -> u32 {
        self.rests.get(target).map_or(0, |rest| rest.failures)
    }
}

impl Hooks {
    fn pending(&self) -> std::sync::MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something may wait for these targets.
    pub(super) fn wake(&self, targets: impl IntoIterator<Item = String>) {
        self.pending().targets.extend(targets);
        self.woken.notify_one();
    }

    /// What waits for a target is sent without a further rest.
    pub(super) fn at_once(&self, target: &str) {
        self.pending().rests.remove(target);
        self.wake([target.to_string()]);
    }

    /// Delivers for ever.
    pub(super) async fn deliver_all(self: &Arc<Self>) {
        let mut look = tokio::time::interval(Duration::from_secs(DELIVERY_LOOK_SECONDS));
        let mut going: JoinSet<(String, Turn)> = JoinSet::new();
        let mut busy = HashSet::new();
        loop {
            let sleep = self.start_ready(&mut going, &mut busy);
            tokio::select! {
                _ = look.tick() => self.look_for_waiting().await,
                () = self.woken.notified() => {}
                Some(ended) = going.join_next() => self.settle(ended, &mut busy, going.is_empty()),
                () = tokio::time::sleep(sleep) => {}
            }
        }
    }

    /// Starts a turn of each target that is free, and tells how long to sleep.
    fn start_ready(self: &Arc<Self>, going: &mut JoinSet<(String, Turn)>, busy: &mut HashSet<String>) -> Duration {
        let now_ms = clock::now_ms();
        let mut pending = self.pending();
        let (ready, next_ms) = pending.ready(busy, now_ms);
        for target in ready.into_iter().take(DELIVERIES_AT_ONCE_MAX.saturating_sub(going.len())) {
            pending.targets.remove(&target);
            busy.insert(target.clone());
            let failures = pending.failures(&target);
            let hooks = Arc::clone(self);
            going.spawn(async move {
                let turn = hooks.turn(&target, failures).await.unwrap_or_else(|failure| {
                    tracing::warn!(target, ?failure, "a delivery waits for the store");
                    Turn::Rest(DELIVERY_RETRY_MS)
                });
                (target, turn)
            });
        }
        let wait_ms = next_ms.map_or(i64::MAX, |next_ms| next_ms - now_ms);
        Duration::from_millis(wait_ms.unsigned_abs()).min(Duration::from_secs(DELIVERY_LOOK_SECONDS))
    }

    fn settle(&self, ended: Result<(String, Turn), JoinError>, busy: &mut HashSet<String>, idle: bool) {
        match ended {
            Ok((target, turn)) => {
                busy.remove(&target);
                self.pending().settle(target, &turn, clock::now_ms());
            }
            Err(error) => tracing::error!(%error, "a delivery broke off"),
        }
        // One that broke off left no name; the next look finds what it left.
        if idle {
            busy.clear();
        }
    }

    /// Finds what waits from before the start, or was left behind by another process.
    async fn look_for_waiting(&self) {
        if let Err(failure) = self.find_waiting().await {
            tracing::warn!(?failure, "it can't be looked for deliveries that wait");
        }
    }

    async fn find_waiting(&self) -> Result<(), Failure> {
        self.forget_signed().await?;
        let records = self.house.journal.records();
        let mut targets: Vec<String> = self.systems.keys().map(|slug| system_target(slug)).collect();
        let mut cursor = None;
        loop {
            let (some, next) = self.active_webhooks(cursor.as_deref()).await?;
            targets.extend(some);
            if next.is_none() {
                break;
            }
            cursor = next;
        }
        for target in targets {
            if queue::is_waiting(records, &target).await? {
                self.wake([target]);
            }
        }
        Ok(())
    }

    /// Sends the first that waits for a target.
    async fn turn(&self, target: &str, failures: u32) -> Result<Turn, Failure> {
        let records = self.house.journal.records();
        let Some(delivery) = queue::waiting(records, target, 1).await?.pop() else {
            return Ok(Turn::Empty);
        };
        let slug = target.strip_prefix("system-");
        match slug.and_then(|slug| self.systems.get(slug)) {
            Some(system) => {
                let body = match self.message_for_system(&delivery, system).await {
                    Ok(body) => body,
                    // The case was set aside and logged: it must not hold up the others.
                    Err(Failure::Problem(_) | Failure::NotFound) => return self.set_aside(delivery).await,
                    Err(other) => return Err(other),
                };
                let secrets = std::slice::from_ref(&system.secret);
                let sent = send(&self.clients.systems, system.url.as_str(), secrets, &delivery, &body).await;
                self.keep_for_system(delivery, &sent, failures).await
            }
            None => self.turn_of_webhook(delivery, failures).await,
        }
    }

    async fn set_aside(&self, delivery: Delivery) -> Result<Turn, Failure> {
        tracing::error!(
            target = delivery.target,
            case = delivery.case,
            "a message can't be written: its case can't be read"
        );
        let given_up = Delivery {
            state: State::GivenUp,
            answer: Some("set-aside".into()),
            ..delivery
        };
        self.house.measures.delivered("system", "failed");
        queue::keep(self.house.journal.records(), &[given_up]).await?;
        Ok(Turn::More)
    }

    async fn keep_for_system(&self, delivery: Delivery, sent: &Sent, failures: u32) -> Result<Turn, Failure> {
        self.measure("system", sent);
        if !sent.arrived {
            tracing::warn!(
                system = delivery.service,
                case = delivery.case,
                answer = sent.answer,
                "the agency's system did not take a message"
            );
        }
        queue::keep(self.house.journal.records(), &[tried(delivery, sent)]).await?;
        Ok(if sent.arrived {
            Turn::More
        } else {
            Turn::Rest(pause_ms(failures, SYSTEM_RETRY_MS_MAX, clock::seed()))
        })
    }

    async fn turn_of_webhook(&self, delivery: Delivery, failures: u32) -> Result<Turn, Failure> {
        let Some(webhook) = self.webhook(&delivery.target).await? else {
            // It was removed while this was written.
            queue::forget(self.house.journal.records(), &delivery.target).await?;
            return Ok(Turn::Empty);
        };
        if webhook.disabled.is_some() {
            return Ok(Turn::Empty);
        }
        if !self.may_still_read(&webhook).await? {
            return self.switch_off(&webhook, Disabled::Account, &delivery).await;
        }
        let secrets = webhook.secrets(clock::now_ms());
        let body = message::for_webhook(&delivery);
        let sent = send(&self.clients.webhooks, &webhook.url, &secrets, &delivery, &body).await;
        self.measure("webhook", &sent);
        let delivery = tried(delivery, &sent);
        queue::keep(self.house.journal.records(), std::slice::from_ref(&delivery)).await?;
        if sent.arrived {
            if webhook.failing_since_ms.is_some() {
                self.change_webhook(&webhook.id, |webhook| webhook.failing_since_ms = None).await?;
            }
            return Ok(Turn::More);
        }
        if sent.gone {
            return self.switch_off(&webhook, Disabled::Gone, &delivery).await;
        }
        let now_ms = clock::now_ms();
        let since_ms = webhook.failing_since_ms.unwrap_or(now_ms);
        if now_ms - since_ms >= self.settings.disable_seconds.saturating_mul(1_000) {
            return self.switch_off(&webhook, Disabled::Failing, &delivery).await;
        }
        if webhook.failing_since_ms.is_none() {
            self.change_webhook(&webhook.id, |webhook| webhook.failing_since_ms = Some(since_ms))
                .await?;
        }
        self.give_up_old(&webhook, now_ms).await?;
        Ok(Turn::Rest(pause_ms(failures, WEBHOOK_RETRY_MS_MAX, clock::seed())))
    }

    /// Gives up what has waited for too long at a target where nothing arrives.
    async fn give_up_old(&self, webhook: &Webhook, now_ms: i64) -> Result<(), Failure> {
        let records = self.house.journal.records();
        let oldest_ms = now_ms - self.settings.give_up_seconds.saturating_mul(1_000);
        loop {
            let mut old = queue::waiting(records, &webhook.id, DELIVERY_EVENTS).await?;
            old.retain(|delivery| delivery.at_ms <= oldest_ms);
            if old.is_empty() {
                return Ok(());
            }
            for delivery in &mut old {
                delivery.state = State::GivenUp;
                self.house.measures.delivered("webhook", "failed");
            }
            queue::keep(records, &old).await?;
        }
    }

    /// Switches a webhook off, and tells its owner.
    async fn switch_off(&self, webhook: &Webhook, why: Disabled, delivery: &Delivery) -> Result<Turn, Failure> {
        let changed = self.change_webhook(&webhook.id, |webhook| webhook.disabled = Some(why)).await?;
        tracing::warn!(webhook = webhook.id, account = %webhook.account, ?why, "a webhook was switched off");
        let person = webhook
            .reader
            .strip_prefix("person:")
            .filter(|_| changed.is_some() && why != Disabled::Account);
        if let (Some(person), Ok(id)) = (person, CaseId::try_new(&delivery.case)) {
            let key = format!("{}-{}", webhook.id, delivery.position);
            let notice = notices::written(key, &id, &delivery.service, person, &words(webhook, why), clock::now_ms());
            match self.house.journal.records().write(vec![notice]).await {
                // Written already, by a try that broke off after it.
                Ok(_) | Err(WriteError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Ok(Turn::Empty)
    }

    fn measure(&self, to: &'static str, sent: &Sent) {
        self.house.measures.delivered(to, if sent.arrived { "done" } else { "retry" });
    }
}

/// What the owner of a webhook that was switched off is told.
fn words(webhook: &Webhook, why: Disabled) -> Bilingual {
    let url = &webhook.url;
    match why {
        Disabled::Gone => Bilingual::new(
            format!("推送地址 {url} 答复已停用，推送已关闭"),
            format!("{url} answered that it is gone; its webhook was switched off"),
        ),
        Disabled::Failing | Disabled::Account => Bilingual::new(
            format!("推送地址 {url} 长时间无法送达，推送已关闭；修复后可重新启用"),
            format!("Nothing has arrived at {url} for a long time; its webhook was switched off and can be switched on again"),
        ),
    }
}

fn tried(delivery: Delivery, sent: &Sent) -> Delivery {
    Delivery {
        state: if sent.arrived { State::Delivered } else { State::Waiting },
        attempts: delivery.attempts + 1,
        answer: Some(sent.answer.clone()),
        tried_at_ms: Some(clock::now_ms()),
        ..delivery
    }
}

/// Sends a message once. What the receiver answers besides its status is not read.
async fn send(client: &reqwest::Client, url: &str, secrets: &[Secret], delivery: &Delivery, body: &Value) -> Sent {
    let (id, seconds, bytes) = (delivery.id(), clock::now().as_second(), body.to_string().into_bytes());
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-signature", sign(secrets, &id, seconds, &bytes))
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .body(bytes);
    match request.send().await {
        Ok(response) => Sent {
            arrived: response.status().is_success(),
            gone: response.status() == StatusCode::GONE,
            answer: response.status().as_u16().to_string(),
        },
        Err(error) => Sent {
            arrived: false,
            gone: false,
            answer: reason(&error).into(),
        },
    }
}

/// Why there was no answer, without telling what the network behind this server looks like.
fn reason(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no-connection"
    } else {
        "no-answer"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pauses_grow_to_the_cap_and_stay_within_a_quarter(failures in 0_u32..200, dice: u64) {
            let pause = pause_ms(failures, WEBHOOK_RETRY_MS_MAX, dice);
            let plain = DELIVERY_RETRY_MS.saturating_mul(1 << failures.min(40)).min(WEBHOOK_RETRY_MS_MAX);
            prop_assert!(pause >= plain * 3 / 4 && pause <= plain * 5 / 4);
        }
    }

    #[test]
    fn a_target_rests_after_a_failure_and_others_do_not() {
        let mut pending = Pending::default();
        pending.targets.extend(["a".to_string(), "b".to_string()]);
        let busy = HashSet::new();
        assert_eq!(pending.ready(&busy, 0).0, ["a", "b"]);
        pending.targets.remove("a");
        pending.settle("a".into(), &Turn::Rest(100), 0);
        assert_eq!(pending.ready(&busy, 50), (vec!["b".to_string()], Some(100)));
        assert_eq!((pending.ready(&busy, 100).0.len(), pending.failures("a")), (2, 1));
        pending.settle("a".into(), &Turn::More, 100);
        assert_eq!(pending.failures("a"), 0);
    }
}
