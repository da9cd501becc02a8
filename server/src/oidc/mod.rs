//! Logging in elsewhere: an OpenID Connect provider (统一身份认证) says who somebody is and what office they hold.

mod claims;
mod provider;
mod settings;

pub use provider::{Begun, Provider, is_trouble};
pub use settings::Settings;
