//! Whatever is local to a zone: its agencies, divisions, calendar, dated parameters, industries. A zone is copied by copying its pack.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::dated::Dated;
use crate::ids::AgencyId;
use crate::text::Bilingual;
use crate::working_days::{Calendar, WorkingHours};

/// A zone, put together from its pack and checked.
#[derive(Clone, Debug)]
pub struct Zone {
    /// What `zone.toml` says.
    pub card: ZoneCard,
    /// Divisions by code: 6 digits district, 9 street, 12 community.
    pub divisions: BTreeMap<String, String>,
    /// Working days.
    pub calendar: Calendar,
    /// Dated parameters by service slug and name.
    pub parameters: BTreeMap<String, BTreeMap<String, Dated<Value>>>,
    /// GB/T 4754 classes by code, such as `I6513`.
    pub industries: BTreeMap<String, String>,
    /// SHA-256 of the pack's files in hexadecimal; a decision records it, and a replay finds the pack by it.
    pub digest: String,
    time_zone: TimeZone,
}

/// What `zone.toml` holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ZoneCard {
    /// Kebab-case name of the pack.
    pub id: String,
    /// The zone's name.
    pub name: Bilingual,
    /// IANA name: `Asia/Shanghai`.
    pub time_zone: String,
    /// Names that a company of this zone may put in front, longest first is not required: `深圳`, `深圳市`.
    pub region_words: Vec<String>,
    /// How unified codes are issued here.
    pub unified_code: UnifiedCodeSeries,
    /// Digits of an address code and how its units are grouped.
    pub address_code: AddressCodeShape,
    /// Agencies by id.
    pub agencies: BTreeMap<AgencyId, Bilingual>,
    /// Which agency here handles a service, by slug, where it differs from the catalogue.
    #[serde(default)]
    pub handled_by: BTreeMap<String, AgencyId>,
    /// Office hours by agency; an agency that is not listed keeps nine to twelve and two to six.
    #[serde(default)]
    pub office_hours: BTreeMap<AgencyId, WorkingHours>,
}

/// The series of unified codes that the zone's registrar issues from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UnifiedCodeSeries {
    /// Division of the registrar, six digits: `440300`.
    pub division: String,
    /// What organisation codes issued here begin with: `MAK`.
    pub organisation_prefix: String,
}

/// The zone's address code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AddressCodeShape {
    /// Digits in all.
    pub digits: usize,
    /// Leading digits that name the building.
    pub building_digits: usize,
}

/// The pack says something that can't be so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {why}")]
pub struct ZoneError {
    /// File of the pack.
    pub file: String,
    /// What is wrong with it.
    pub why: String,
}

impl ZoneError {
    /// A fault of a file.
    pub fn new(file: &str, why: impl std::fmt::Display) -> Self {
        Self {
            file: file.into(),
            why: why.to_string(),
        }
    }
}

/// The parsed files of a pack, before they are checked together.
pub struct ZoneParts {
    /// `zone.toml`.
    pub card: ZoneCard,
    /// `divisions.csv`.
    pub divisions: BTreeMap<String, String>,
    /// `calendar/*.json`.
    pub calendar: Calendar,
    /// `parameters.toml`.
    pub parameters: BTreeMap<String, BTreeMap<String, Dated<Value>>>,
    /// The classification of industries.
    pub industries: BTreeMap<String, String>,
    /// Digest of the pack's files.
    pub digest: String,
}

impl Zone {
    /// Checks the parts together.
    pub fn assemble(parts: ZoneParts) -> Result<Self, ZoneError> {
        let ZoneParts {
            card,
            divisions,
            calendar,
            parameters,
            industries,
            digest,
        } = parts;
        let time_zone = TimeZone::get(&card.time_zone).map_err(|e| ZoneError::new("zone.toml", e))?;
        let digits = |text: &str, n: usize| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(&card.unified_code.division, 6) {
            return Err(ZoneError::new("zone.toml", "unified-code.division is six digits"));
        }
        if card.unified_code.organisation_prefix.len() > 4 {
            return Err(ZoneError::new(
                "zone.toml",
                "unified-code.organisation-prefix leaves too few codes: four characters at most",
            ));
        }
        if card.region_words.is_empty() {
            return Err(ZoneError::new("zone.toml", "region-words is empty"));
        }
        if !(12..=40).contains(&card.address_code.digits) || card.address_code.building_digits > card.address_code.digits {
            return Err(ZoneError::new(
                "zone.toml",
                "address-code: 12 to 40 digits, a building's not more than all",
            ));
        }
        for code in divisions.keys() {
            if ![6, 9, 12].iter().any(|n| digits(code, *n)) {
                return Err(ZoneError::new(
                    "divisions.csv",
                    format!("{code}: a division code has 6, 9 or 12 digits"),
                ));
            }
            if code.len() > 6 && !divisions.contains_key(&code[..code.len() - 3]) {
                return Err(ZoneError::new(
                    "divisions.csv",
                    format!("{code} lies in {}, which is not listed", &code[..code.len() - 3]),
                ));
            }
        }
        for (slug, agency) in &card.handled_by {
            if !card.agencies.contains_key(agency) {
                return Err(ZoneError::new("zone.toml", format!("handled-by.{slug}: no agency {agency}")));
            }
        }
        if let Some(stranger) = card.office_hours.keys().find(|agency| !card.agencies.contains_key(*agency)) {
            return Err(ZoneError::new("zone.toml", format!("office-hours: no agency {stranger}")));
        }
        Ok(Self {
            card,
            divisions,
            calendar,
            parameters,
            industries,
            digest,
            time_zone,
        })
    }

    /// The zone's own time.
    pub fn time_zone(&self) -> TimeZone {
        self.time_zone.clone()
    }

    /// The office hours of the agency that handles a service.
    pub fn office_hours(&self, service: &str) -> WorkingHours {
        let agency = self.card.handled_by.get(service);
        agency
            .and_then(|agency| self.card.office_hours.get(agency))
            .copied()
            .unwrap_or_default()
    }

    /// The parameters of a service as one JSON object, each with the value in force on that day.
    pub fn terms_on(&self, slug: &str, day: Date) -> Result<Value, ZoneError> {
        let mut object = Map::new();
        for (name, dated) in self.parameters.get(slug).into_iter().flatten() {
            let value = dated
                .on(day)
                .map_err(|e| ZoneError::new("parameters.toml", format!("{slug}.{name}: {e}")))?;
            object.insert(name.clone(), value.value.clone());
        }
        Ok(Value::Object(object))
    }

    /// The name of a division with those above it: 南山区 粤海街道.
    pub fn division_path(&self, code: &str) -> Vec<&str> {
        [6, 9, 12]
            .iter()
            .filter_map(|n| code.get(..*n))
            .filter_map(|c| self.divisions.get(c))
            .map(String::as_str)
            .collect()
    }
}
