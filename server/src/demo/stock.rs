//! Invoices in the store of the invented city's tax service, so that a new taxpayer can be given some.

use std::sync::Arc;

use kernel::{AccountId, Actor};
use serde_json::json;

use crate::failure::Failure;
use crate::house::House;
use crate::runner::{Idempotency, Order};

/// Kinds with the code and the first number of their first delivery.
const DELIVERIES: [(&str, &str, u32); 2] = [("special", "4403261130", 1), ("ordinary", "4403261320", 1)];
/// Invoices of each kind.
const COUNT: u32 = 1_000_000;

/// Takes the first delivery of each kind into store, once.
///
/// # Errors
/// The store is away.
pub async fn invoices(house: &Arc<House>) -> Result<(), Failure> {
    let desk = house.desk("invoice-stock")?;
    let account = AccountId::try_new("demo-stock").map_err(|_| Failure::NotFound)?;
    let actor = Actor::Officer {
        account,
        name: "演示数据 / demonstration".into(),
        agency: desk.agency.clone(),
    };
    for (kind, code, first) in DELIVERIES {
        let order = Order {
            actor: &actor,
            desk,
            case: None,
            action: "receive",
            input: json!({"kind": kind, "segment": {"code": code, "first": first, "count": COUNT}}),
            once: Some(Idempotency::of("demo-stock", kind, &[kind.as_bytes()])),
        };
        match house.perform(order).await {
            // Somebody has opened a stock by hand: so be it.
            Ok(_) | Err(Failure::Refusal { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}
