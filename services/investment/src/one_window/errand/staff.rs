//! 社保参保登记, 公积金开户, 就业登记: three authorities that ask about the same employees, who are told of once.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel::{Firm, Ports, Setting};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{No, Office, Terms};

/// What each of them enters at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The number that the firm has there.
    #[schemars(length(min = 4, max = 40))]
    pub registration_number: String,
}

/// Nothing has to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {}

macro_rules! staff_office {
    ($(#[$doc:meta])* $office:ident, $slug:literal, $order:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $office;

        impl Office for $office {
            const SLUG: &'static str = $slug;
            type Order = $order;
            type Deed = Registration;
            type Facts = Nothing;

            async fn gather(_: &$order, _: Option<&Registration>, _: &Firm, _: &Setting, _: &Ports) -> Nothing {
                Nothing {}
            }

            fn admit(_: &$order, _: &Nothing, _: &Terms) -> Result<(), No> {
                Ok(())
            }

            fn examine(_: &$order, _: &Registration, _: &Firm, _: &Nothing, _: &Terms) -> Result<(), No> {
                Ok(())
            }

            fn said(deed: &Registration) -> BTreeMap<String, String> {
                BTreeMap::from([("registration-number".to_string(), deed.registration_number.clone())])
            }
        }
    };
}

staff_office!(
    /// 社保经办机构: within thirty days of foundation (社会保险法 art. 57), the first employee within thirty days of hire (art. 58).
    Insurance, "social-insurance", InsuranceOrder
);
staff_office!(
    /// 住房公积金管理中心.
    Fund, "housing-fund", FundOrder
);
staff_office!(
    /// 公共就业服务机构.
    Employment, "employment-registration", EmploymentOrder
);

/// Who is to be insured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InsuranceOrder {
    /// Employees.
    #[schemars(range(min = 0, max = 100_000))]
    pub employees: u32,
    /// Day on which the first was hired.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub first_hired_on: Option<Date>,
}

/// For whom the fund is to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FundOrder {
    /// Employees.
    #[schemars(range(min = 0, max = 100_000))]
    pub employees: u32,
    /// Rate of contribution in percent.
    #[schemars(range(min = 5, max = 12))]
    pub percent: u32,
}

/// Whose employment is to be registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EmploymentOrder {
    /// Employees.
    #[schemars(range(min = 0, max = 100_000))]
    pub employees: u32,
    /// Day on which the first was hired.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub first_hired_on: Option<Date>,
}
