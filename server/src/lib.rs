//! The program `qianhai`: where kernel, engines and services meet, and the only place that reads a clock or draws a number.

pub mod accounts;
pub mod carrier;
pub mod case_lines;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod data_folder;
pub mod demo;
pub mod failure;
pub mod house;
pub mod http;
pub mod limits;
pub mod name_library;
pub mod openapi;
pub mod permissions;
pub mod ports;
pub mod record;
pub mod register_shelf;
pub mod registers;
pub mod runner;
pub mod story;
pub mod timeline;
pub mod validate;
pub mod view;
pub mod zone_pack;
pub mod zone_store;
