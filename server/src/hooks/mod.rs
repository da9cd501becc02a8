//! Other programs: webhooks that people and agencies asked for, and the agencies' own systems. What happens to a case becomes a delivery
//! in the store, and a delivery is sent, signed, until it arrives or is given up.

pub mod address;
mod courier;
mod follow;
pub mod inbound;
mod message;
mod queue;
pub mod settings;
pub mod signature;
pub mod subscriptions;

use std::sync::{Arc, Mutex};

use kernel::Problem;
use tokio::sync::{Notify, watch};

use crate::accounts::Accounts;
use crate::house::House;
use crate::operator::Operator;
use address::Clients;
use courier::Pending;
use settings::{Systems, WebhookSettings};

/// Everything about other programs.
pub struct Hooks {
    pub(crate) house: Arc<House>,
    pub(crate) accounts: Arc<Accounts>,
    /// What the operator set for webhooks.
    pub settings: WebhookSettings,
    /// The agencies' own systems, by service.
    pub systems: Systems,
    clients: Clients,
    /// Targets for which something may wait.
    pending: Mutex<Pending>,
    woken: Notify,
}

impl Hooks {
    /// Reads the operator's sections `[webhooks]` and `[systems.<service>]`.
    ///
    /// # Errors
    /// A section can't be read, names a service or an agency that does not fit, or its secret can't be read.
    pub fn new(house: Arc<House>, accounts: Arc<Accounts>, operator: &Operator) -> Result<Self, Problem> {
        let settings: WebhookSettings = operator.section("webhooks")?.unwrap_or_default();
        let systems = settings::systems(operator, &house)?;
        let clients = Clients::new(settings.allow_private)?;
        Ok(Self {
            house,
            accounts,
            settings,
            systems,
            clients,
            pending: Mutex::default(),
            woken: Notify::new(),
        })
    }

    /// Follows the journal and delivers, until `stopped` is true; what is on its way then is sent again after the next start.
    pub async fn run(self: Arc<Self>, mut stopped: watch::Receiver<bool>) {
        let work = async {
            tokio::join!(self.follow(), self.deliver_all());
        };
        tokio::select! {
            () = work => {}
            // An error means that the sender is gone, which is a stop too.
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}
