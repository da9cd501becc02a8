//! Money as whole minor units with a currency: never a float, rounded only where a rule says so, and written out in 大写 for contracts.
//!
//! [`Fen`] is an amount of renminbi in 分; [`Money`] is an amount of any listed currency. Both stay within ±(2⁵³ − 1) minor units
//! (ninety trillion yuan), so that a browser reads every amount exactly; every operation that could leave that range is checked.

mod capitals;

use std::fmt;
use std::ops::Neg;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Largest amount, in minor units, either side of zero: 2⁵³ − 1, the last whole number that JavaScript tells from its neighbour.
pub const MINOR_UNITS_MAX: i64 = 9_007_199_254_740_991;

/// Why an amount can't be made or two amounts can't be joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Beyond [`MINOR_UNITS_MAX`].
    #[error("the amount is too large")]
    TooLarge,
    /// A part of a minor unit, such as half a 分.
    #[error("the amount has more decimals than its currency")]
    NotWhole,
    /// Two currencies in one sum.
    #[error("amounts of {0} and {1} can't be joined")]
    OtherCurrency(Currency, Currency),
    /// Not in the table of currencies.
    #[error("not a currency that is listed here")]
    UnknownCurrency,
    /// Nothing to share an amount by: no ratio is above zero.
    #[error("no ratio is above zero")]
    NoRatio,
}

impl MoneyError {
    /// Stable kebab-case name of the fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotWhole => "not-whole",
            Self::OtherCurrency(..) => "other-currency",
            Self::UnknownCurrency => "unknown-currency",
            Self::NoRatio => "no-ratio",
        }
    }
}

/// How a part of a minor unit is made whole; the rule that is applied names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rounding {
    /// 四舍五入: half and more away from zero.
    HalfUp,
    /// 四舍六入五成双: half to the even neighbour.
    HalfEven,
    /// 舍去: towards zero.
    Down,
    /// 进一: away from zero.
    Up,
}

/// An amount of renminbi in 分. In JSON a whole number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Fen(i64);

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// So many 分, within ±[`MINOR_UNITS_MAX`].
    pub const fn try_new(fen: i64) -> Result<Self, MoneyError> {
        if fen.unsigned_abs() > MINOR_UNITS_MAX.unsigned_abs() {
            Err(MoneyError::TooLarge)
        } else {
            Ok(Self(fen))
        }
    }
    /// So many whole yuan.
    pub const fn yuan(yuan: i32) -> Self {
        Self(yuan as i64 * 100)
    }
    /// An amount in yuan with at most two decimals that are not zero.
    pub fn from_yuan(yuan: Decimal) -> Result<Self, MoneyError> {
        Self::try_new(minor_of(yuan, 2)?)
    }
    /// The number of 分.
    pub const fn get(self) -> i64 {
        self.0
    }
    /// The amount in yuan, exactly.
    pub fn to_yuan(self) -> Decimal {
        Decimal::new(self.0, 2)
    }
    /// The sum.
    pub fn try_add(self, other: Self) -> Result<Self, MoneyError> {
        Self::try_new(self.0 + other.0)
    }
    /// The difference.
    pub fn try_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.try_add(-other)
    }
    /// The sum of all.
    pub fn try_sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::try_add)
    }
    /// The amount times a rate, rounded once, at 分.
    pub fn times(self, rate: Decimal, rounding: Rounding) -> Result<Self, MoneyError> {
        Self::try_new(times(self.0, rate, rounding)?)
    }
    /// Shares the amount out in proportion to `ratios`; the shares always add up to it, none differs from its exact share by a whole
    /// 分, and the 分 left over go to the largest remainders, among equals to the first.
    pub fn allocate(self, ratios: &[u64]) -> Result<Vec<Self>, MoneyError> {
        Ok(allocate(self.0, ratios)?.into_iter().map(Self).collect())
    }
    /// The amount in 大写, as bills and contracts write it (支付结算办法, annex 1): `壹仟陆佰捌拾元叁角贰分`.
    pub fn in_capitals(self) -> String {
        capitals::in_capitals(self.0)
    }
}

impl Neg for Fen {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl TryFrom<i64> for Fen {
    type Error = MoneyError;
    fn try_from(fen: i64) -> Result<Self, MoneyError> {
        Self::try_new(fen)
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> i64 {
        fen.0
    }
}

/// `￥1,234.56`, with the sign in front.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        f.pad(&format!("{sign}￥{}", grouped(self.0, 2)))
    }
}

impl JsonSchema for Fen {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Fen".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "format": "fen", "minimum": -MINOR_UNITS_MAX, "maximum": MINOR_UNITS_MAX })
    }
}

/// A currency by its ISO 4217 code, with its number of decimals. Only listed currencies exist: the decimals of others would be a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Currency {
    code: IsoCode,
    exponent: u8,
}

/// Always borrowed from the table; as a bare `&'static str` in the struct it would be borrowed from the input that is read.
type IsoCode = &'static str;

/// Listed currencies by their number of decimals, ISO 4217.
const CURRENCIES: [(u8, &str); 3] = [
    (0, "CLP ISK JPY KRW PYG UGX VND XAF XOF"),
    (
        2,
        "AED ARS AUD BDT BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR KES KHR KZT LAK LKR MAD MMK MNT MOP MXN \
         MYR NGN NOK NPR NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD UZS ZAR",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

fn currencies() -> impl Iterator<Item = Currency> {
    let listed = |(exponent, codes): (u8, &'static str)| codes.split(' ').map(move |code| Currency { code, exponent });
    CURRENCIES.into_iter().flat_map(listed)
}

impl Currency {
    /// Renminbi.
    pub const CNY: Self = Self { code: "CNY", exponent: 2 };

    /// The currency with this code, in capitals.
    pub fn try_new(code: &str) -> Result<Self, MoneyError> {
        currencies().find(|listed| listed.code == code).ok_or(MoneyError::UnknownCurrency)
    }
    /// The three letters.
    pub fn code(self) -> &'static str {
        self.code
    }
    /// Decimals of the minor unit: 2 for 分, 0 for yen.
    pub fn exponent(self) -> u8 {
        self.exponent
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::try_new(&code)
    }
}

impl From<Currency> for &'static str {
    fn from(currency: Currency) -> &'static str {
        currency.code
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code)
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let codes: Vec<_> = currencies().map(Currency::code).collect();
        json_schema!({ "type": "string", "format": "currency", "enum": codes })
    }
}

/// An amount of some currency: `{ "minor": 123456, "currency": "USD" }`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawMoney")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// [`Money`] as it is read, before its range is checked.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "Money")]
struct RawMoney {
    /// In the currency's minor unit.
    #[schemars(range(min = -MINOR_UNITS_MAX, max = MINOR_UNITS_MAX))]
    minor: i64,
    /// ISO 4217.
    currency: Currency,
}

impl TryFrom<RawMoney> for Money {
    type Error = MoneyError;
    fn try_from(raw: RawMoney) -> Result<Self, MoneyError> {
        Self::try_new(raw.minor, raw.currency)
    }
}

impl Money {
    /// So many minor units, within ±[`MINOR_UNITS_MAX`].
    pub fn try_new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        Fen::try_new(minor).map(|Fen(minor)| Self { minor, currency })
    }
    /// An amount in the major unit with no more decimals than the currency has.
    pub fn from_major(major: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        Self::try_new(minor_of(major, currency.exponent)?, currency)
    }
    /// The number of minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }
    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }
    /// The sum with an amount of the same currency.
    pub fn try_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency(self.currency, other.currency));
        }
        Self::try_new(self.minor + other.minor, self.currency)
    }
    /// The difference from an amount of the same currency.
    pub fn try_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.try_add(-other)
    }
    /// The amount times a rate, rounded once, at the minor unit.
    pub fn times(self, rate: Decimal, rounding: Rounding) -> Result<Self, MoneyError> {
        Self::try_new(times(self.minor, rate, rounding)?, self.currency)
    }
    /// Shares the amount out as [`Fen::allocate`] does.
    pub fn allocate(self, ratios: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let shares = allocate(self.minor, ratios)?.into_iter();
        Ok(shares
            .map(|minor| Self {
                minor,
                currency: self.currency,
            })
            .collect())
    }
    /// The amount as renminbi, if it is.
    pub fn to_fen(self) -> Result<Fen, MoneyError> {
        if self.currency == Currency::CNY {
            Ok(Fen(self.minor))
        } else {
            Err(MoneyError::OtherCurrency(self.currency, Currency::CNY))
        }
    }
}

impl From<Fen> for Money {
    fn from(fen: Fen) -> Self {
        Self {
            minor: fen.0,
            currency: Currency::CNY,
        }
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            minor: -self.minor,
            ..self
        }
    }
}

/// `USD 1,234.56`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        f.pad(&format!("{} {sign}{}", self.currency, grouped(self.minor, self.currency.exponent)))
    }
}

/// Digits without sign, thousands parted by commas.
fn grouped(minor: i64, exponent: u8) -> String {
    let unit = 10_u64.pow(exponent.into());
    let (whole, part) = (minor.unsigned_abs() / unit, minor.unsigned_abs() % unit);
    let digits = whole.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if exponent > 0 {
        text.push_str(&format!(".{part:0width$}", width = exponent.into()));
    }
    text
}

/// A decimal in major units as whole minor units.
fn minor_of(major: Decimal, exponent: u8) -> Result<i64, MoneyError> {
    let minor = major
        .checked_mul(Decimal::from(10_u32.pow(exponent.into())))
        .ok_or(MoneyError::TooLarge)?
        .normalize();
    if minor.scale() > 0 {
        return Err(MoneyError::NotWhole);
    }
    i64::try_from(minor.mantissa()).map_err(|_| MoneyError::TooLarge)
}

/// `minor × rate`, exact until the one rounding. A product of 53 and 96 bits overflows 128, so it is divided in two steps of 27 bits.
fn times(minor: i64, rate: Decimal, rounding: Rounding) -> Result<i64, MoneyError> {
    const STEP: u128 = 1 << 27;
    let divisor = 10_u128.pow(rate.scale());
    let (mantissa, amount) = (rate.mantissa().unsigned_abs(), u128::from(minor.unsigned_abs()));
    let (whole, part) = (mantissa / divisor, mantissa % divisor);
    let high = (amount / STEP) * part;
    let low = (high % divisor) * STEP + (amount % STEP) * part;
    let exact = amount.checked_mul(whole).ok_or(MoneyError::TooLarge)?;
    let down = exact
        .checked_add((high / divisor) * STEP + low / divisor)
        .ok_or(MoneyError::TooLarge)?;
    let rest = low % divisor;
    let up = match rounding {
        Rounding::HalfUp => rest * 2 >= divisor,
        Rounding::HalfEven => rest * 2 > divisor || (rest * 2 == divisor && down % 2 == 1),
        Rounding::Down => false,
        Rounding::Up => rest > 0,
    };
    let size = i64::try_from(down + u128::from(up)).map_err(|_| MoneyError::TooLarge)?;
    Ok(if (minor < 0) == (rate.mantissa() < 0) { size } else { -size })
}

/// Largest remainder: everyone gets the floor, the units left over go by remainder, among equals to the first.
fn allocate(minor: i64, ratios: &[u64]) -> Result<Vec<i64>, MoneyError> {
    let total: u128 = ratios.iter().map(|ratio| u128::from(*ratio)).sum();
    if total == 0 {
        return Err(MoneyError::NoRatio);
    }
    let amount = u128::from(minor.unsigned_abs());
    let exact: Vec<u128> = ratios.iter().map(|ratio| amount * u128::from(*ratio)).collect();
    let mut shares: Vec<u128> = exact.iter().map(|share| share / total).collect();
    let left = amount - shares.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..ratios.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact[*i] % total));
    for i in order.into_iter().zip(0..left).map(|(i, _)| i) {
        shares[i] += 1;
    }
    let sign = if minor < 0 { -1 } else { 1 };
    shares
        .into_iter()
        .map(|share| i64::try_from(share).map(|share| sign * share).map_err(|_| MoneyError::TooLarge))
        .collect()
}
