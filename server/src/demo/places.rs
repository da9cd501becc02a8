//! The addresses of the demonstration city: in each community the same few buildings that a demonstration needs, then any.
//!
//! | building | its units |
//! |---|---|
//! | first | offices in use without a firm; the last one is shared (集群注册) and seats hundreds |
//! | second | homes in use |
//! | third | 1 demolished, 2 illegal, 3 locked, 4 full (as many firms as the zone allows), the rest shops in use |
//! | others | drawn |

use kernel::Zone;
use kernel::registers::{AddressState, AddressUse};
use kernel::zone::ZoneError;

use super::CitySize;
use super::draw::Draw;
use super::lists::Lists;

/// Firms at a full unit: more than any zone allows at one.
const FULL_FIRMS: usize = 99;

struct Unit {
    used_for: AddressUse,
    state: AddressState,
    firms: usize,
    shared: bool,
}

/// CSV of the address register: addresses in every division of the finest level; as many buildings and units as the size says and the codes have room for.
pub(super) fn table(zone: &Zone, lists: &Lists, seed: u64, size: CitySize) -> Result<String, ZoneError> {
    let mut draw = Draw::new(seed, "places");
    let shape = &zone.card.address_code;
    let depth = zone.divisions.keys().map(String::len).max().unwrap_or(0);
    let building_digits = shape.building_digits.saturating_sub(depth);
    let unit_digits = shape.digits.saturating_sub(depth + building_digits);
    let buildings = size.buildings_per_division.min(room(building_digits));
    let units = size.units_per_building.min(room(unit_digits));
    let mut rows = Vec::new();
    for division in zone.divisions.keys().filter(|code| code.len() == depth) {
        for building in 1..=buildings {
            let drawn = drawn_use(&mut draw);
            let used_for = match building {
                1 => AddressUse::Office,
                2 => AddressUse::Residential,
                3 => AddressUse::Commercial,
                _ => drawn,
            };
            let place = format!("{}{}", place_text(zone, division), building_name(lists, used_for, &mut draw));
            for unit in 1..=units {
                let Unit {
                    used_for,
                    state,
                    firms,
                    shared,
                } = unit_of(building, unit, units, used_for, &mut draw);
                let (floor, room) = (unit.div_ceil(4) * 3 + building, (unit - 1) % 4 + 1);
                let unit_code = unit_code(floor, room, unit, unit_digits);
                let code = format!("{division}{}{unit_code}", padded(building, building_digits));
                let text = format!("{place}{floor}层{floor:02}{room:02}室");
                rows.push([code, text, word(&used_for)?, word(&state)?, firms.to_string(), shared.to_string()]);
            }
        }
    }
    super::table(["code", "text", "use", "state", "firms", "shared"], rows.into_iter())
}

/// Numbers that so many digits have, without zero; capped, because no building has more.
fn room(digits: usize) -> usize {
    10_usize.pow(digits.min(6) as u32) - 1
}

/// The number in so many digits; nothing at all in none.
fn padded(number: usize, digits: usize) -> String {
    if digits == 0 { String::new() } else { format!("{number:0digits$}") }
}

/// Floor and room where six digits are there for them, else a running number.
fn unit_code(floor: usize, room: usize, unit: usize, digits: usize) -> String {
    if digits < 6 {
        padded(unit, digits)
    } else {
        format!("{floor:0width$}{room:03}", width = digits - 3)
    }
}

fn unit_of(building: usize, unit: usize, units: usize, used_for: AddressUse, draw: &mut Draw) -> Unit {
    let plain = Unit {
        used_for,
        state: AddressState::Standing,
        firms: 0,
        shared: false,
    };
    match (building, unit) {
        (1, _) if unit == units => Unit {
            firms: 240,
            shared: true,
            ..plain
        },
        (1 | 2, _) => plain,
        (3, 1) => Unit {
            state: AddressState::Demolished,
            ..plain
        },
        (3, 2) => Unit {
            state: AddressState::Illegal,
            ..plain
        },
        (3, 3) => Unit {
            state: AddressState::Locked,
            ..plain
        },
        (3, 4) => Unit {
            firms: FULL_FIRMS,
            ..plain
        },
        _ => {
            let state = match draw.below(100) {
                0..2 => AddressState::Demolished,
                2..4 => AddressState::Illegal,
                4..6 => AddressState::Locked,
                _ => AddressState::Standing,
            };
            Unit {
                state,
                firms: draw.below(4),
                ..plain
            }
        }
    }
}

fn drawn_use(draw: &mut Draw) -> AddressUse {
    *draw.pick(&[
        AddressUse::Office,
        AddressUse::Office,
        AddressUse::Commercial,
        AddressUse::Industrial,
        AddressUse::Residential,
    ])
}

fn building_name(lists: &Lists, used_for: AddressUse, draw: &mut Draw) -> String {
    let heading = match used_for {
        AddressUse::Commercial => "commercial",
        AddressUse::Office => "office",
        AddressUse::Industrial => "industrial",
        AddressUse::Residential => "residential",
    };
    let part = |heading, draw: &mut Draw| draw.pick(lists.buildings.of(heading)).as_str();
    format!("{}{}{}", part("first", draw), part("second", draw), part(heading, draw))
}

/// 深圳市南山区粤海街道海珠社区: the zone's own name of its city, then the divisions. A residents' committee (居民委员会) governs the place
/// and is not part of its address.
fn place_text(zone: &Zone, division: &str) -> String {
    let city = zone.card.region_words.first().map_or("", String::as_str);
    let path = zone.division_path(division);
    let plain = |name: &str| {
        ["社区居民委员会", "居民委员会", "社区居委会", "居委会"]
            .iter()
            .find_map(|committee| name.strip_suffix(committee))
            .map_or_else(|| name.to_owned(), |stem| format!("{stem}社区"))
    };
    let parts: Vec<String> = path.into_iter().map(plain).collect();
    format!("{city}{}", parts.concat())
}

/// A choice as it stands in a file.
fn word<T: serde::Serialize>(value: &T) -> Result<String, ZoneError> {
    let value = serde_json::to_value(value).map_err(|e| ZoneError::new("demo", e))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}
