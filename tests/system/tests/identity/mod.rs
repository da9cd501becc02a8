//! Ways to log in besides a password: a real OpenID Connect provider, tokens with scopes, and the table of permissions.

mod example;
mod oidc;
mod peer;
mod permissions;
mod tokens;
