//! Who acts for whom: a delegation is looked up for each request anew, so that what was taken back a moment ago no longer counts.

use jiff::Timestamp;
use kernel::setting::Agent;
use kernel::{Actor, CaseId, Deed};
use portal::delegation::{Delegation, Granted, Scope};

use crate::clock;
use crate::failure::Failure;
use crate::house::House;
use crate::runner::Loaded;

/// The delegation in this case, if the case is one.
pub fn in_case(loaded: &Loaded) -> Option<&Delegation> {
    loaded.state.downcast_ref()
}

impl House {
    /// The same account, now in the stead of the principal of this delegation.
    ///
    /// # Errors
    /// The actor is not its agent, or it is not in force now.
    pub async fn acting_for(&self, actor: Actor, delegation: &CaseId) -> Result<Actor, Failure> {
        let Actor::Person {
            account,
            person,
            name,
            by: None,
        } = actor
        else {
            return Err(Failure::NoDelegation);
        };
        let granted = self.delegation_of(&person, delegation, clock::now()).await?;
        Ok(Actor::Person {
            account,
            person: granted.principal.person,
            name: granted.principal.name,
            by: Some(Agent {
                person,
                name,
                delegation: delegation.clone(),
            }),
        })
    }

    /// How far the actor's delegation reaches at this moment; none for who acts for himself.
    ///
    /// # Errors
    /// The delegation is over.
    pub async fn scope_of(&self, actor: &Actor) -> Result<Option<Scope>, Failure> {
        let Some(agent) = actor.agent() else { return Ok(None) };
        let granted = self.delegation_of(&agent.person, &agent.delegation, clock::now()).await?;
        Ok(Some(granted.scope))
    }

    /// Refuses what lies outside the actor's delegation, if he acts by one.
    ///
    /// # Errors
    /// The delegation is over, or does not reach so far.
    pub async fn check_scope(&self, actor: &Actor, service: &str, deed: Deed) -> Result<(), Failure> {
        match self.scope_of(actor).await? {
            Some(scope) if !self.reaches(&scope, service, deed) => Err(Failure::OutsideDelegation),
            _ => Ok(()),
        }
    }

    /// Whether a scope reaches this deed: a reform brings its parts with it, and nothing brings delegations.
    pub fn reaches(&self, scope: &Scope, service: &str, deed: Deed) -> bool {
        let whole = self.desks.get(service).and_then(|desk| desk.service.part_of);
        let as_part = |whole: &str| service != portal::delegation::SLUG && scope.covers(whole, deed);
        scope.covers(service, deed) || whole.is_some_and(as_part)
    }

    async fn delegation_of(&self, agent: &str, id: &CaseId, now: Timestamp) -> Result<Granted, Failure> {
        let loaded = self.load(id).await?.ok_or(Failure::NoDelegation)?;
        let granted = in_case(&loaded).and_then(|delegation| delegation.entrusted_to(agent, now));
        granted.cloned().ok_or(Failure::NoDelegation)
    }
}
