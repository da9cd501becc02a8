//! Tests of the whole program. One binary, so that it is linked once; each module is one concern.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails where it stands")]

mod accept;
mod cases;
mod cli;
mod crash;
mod delegation;
mod form;
mod golden;
mod hooks;
mod hostile;
mod house;
mod identity;
mod libraries;
mod mail;
mod metrics;
mod mixed;
mod one_window;
mod ops;
mod peer;
mod portal;
mod race;
mod rights;
mod stores;
mod systems;
mod traces;
mod zone;
