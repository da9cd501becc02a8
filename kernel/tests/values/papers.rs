//! Papers: what the standards promise about mistyped numbers, and known-good numbers.

use jiff::ToSpan;
use jiff::civil::Date;
use kernel::papers::{
    CitizenId, ForeignResident, HongKongMacaoPermit, OrganisationCode, Paper, PaperError, Passport, RegisteredCode, TaiwanPermit,
    UnifiedCode,
};
use proptest::prelude::*;
use regex::Regex;

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

fn unified() -> impl Strategy<Value = UnifiedCode> {
    ("[0-9A-HJ-NPQRTUWXY]{2}", "[0-9]{6}", "[0-9A-HJ-NPQRTUWXY]{8}").prop_map(|(head, division, body)| {
        let mut head = head.chars();
        UnifiedCode::issue(head.next().unwrap(), head.next().unwrap(), &division, &body).unwrap()
    })
}

/// ISO 7064 MOD 11-2 in its recursive form, which shares nothing with the table of weights in the standard.
fn mod_11_2(body: &str) -> char {
    let product = body.bytes().fold(0, |p, b| (p + u32::from(b - b'0')) * 2 % 11);
    char::from_digit((12 - product) % 11, 10).unwrap_or('X')
}

fn day() -> impl Strategy<Value = Date> {
    (1800_i16..2100, 1_i8..=12, 1_i8..=31).prop_filter_map("a day that exists", |(y, m, d)| Date::new(y, m, d).ok())
}

fn digits_of(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

fn citizen_text() -> impl Strategy<Value = String> {
    let division = prop_oneof!["(11|23|31|44|50|65|71)[0-9]{4}", Just("810000".into()), Just("830000".into())];
    (division, day(), "[0-9]{3}").prop_map(|(division, day, serial)| {
        let body = format!("{division}{}{serial}", digits_of(day));
        format!("{body}{}", mod_11_2(&body))
    })
}

/// The text with one character replaced.
fn replaced(text: &str, at: usize, with: char) -> String {
    text.chars().enumerate().map(|(i, c)| if i == at { with } else { c }).collect()
}

fn swapped(text: &str, at: usize) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    chars.swap(at, at + 1);
    chars.into_iter().collect()
}

fn full_width(text: &str) -> String {
    text.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect()
}

#[test]
fn known_codes_of_firms_are_read() {
    for (text, division, organisation) in [
        ("9144030071526726XG", "440300", "71526726-X"),
        ("914403001922038216", "440300", "19220382-1"),
    ] {
        let code = UnifiedCode::try_new(text).unwrap();
        let parts = code.parts();
        assert_eq!((parts.registrar, parts.class, parts.division.as_str()), ('9', '1', division));
        assert_eq!(parts.organisation.hyphenated(), organisation);
        assert_eq!(OrganisationCode::try_new(organisation), Ok(parts.organisation));
        assert_eq!(code.to_string(), text);
    }
    assert_eq!(UnifiedCode::try_new("9144030071526726XH"), Err(PaperError::WrongCheckCharacter));
    assert_eq!(UnifiedCode::try_new("9144030071526726IG"), Err(PaperError::WrongCharacter));
    assert_eq!(UnifiedCode::try_new("91440300715267"), Err(PaperError::WrongLength));
    assert_eq!(UnifiedCode::issue('9', '1', "4403", "715267264030"), Err(PaperError::WrongLength));
}

#[test]
fn the_two_checks_of_a_unified_code_are_told_apart() {
    // Another organisation check character with the code's own check made to fit.
    let codes = ALPHABET.chars().map(|last| format!("91440300715267261{last}"));
    let errors: Vec<_> = codes.filter_map(|code| UnifiedCode::try_new(&code).err()).collect();
    assert_eq!(errors.len(), 31);
    assert_eq!(errors.iter().filter(|e| **e == PaperError::WrongOrganisationCheck).count(), 1);
}

#[test]
fn papers_of_other_people_are_read_by_their_shape() {
    let key = |kind, number| Paper::try_new(kind, number).unwrap().map(|paper| paper.key());
    assert_eq!(
        key("hong-kong-macao-permit", "h12345678"),
        Ok("hong-kong-macao-permit:H12345678".into())
    );
    assert_eq!(
        key("hong-kong-macao-permit", "H1234567801"),
        key("hong-kong-macao-permit", "H12345678")
    );
    assert_eq!(HongKongMacaoPermit::try_new("H123456780"), Err(PaperError::WrongLength));
    assert_eq!(HongKongMacaoPermit::try_new("T12345678"), Err(PaperError::WrongCharacter));
    assert_eq!(TaiwanPermit::try_new("１２３４５６７８").unwrap().as_str(), "12345678");
    assert!(ForeignResident::try_new("CAN110078010510").is_ok());
    assert_eq!(ForeignResident::try_new("CA1110078010510"), Err(PaperError::WrongCharacter));
    assert_eq!(Passport::try_new("E1234"), Ok(Passport::try_new(" e1234\u{3000}").unwrap()));
    assert_eq!(Passport::try_new("E123"), Err(PaperError::WrongLength));
    assert_eq!(Passport::try_new("E12-34567"), Err(PaperError::WrongCharacter));
    assert!(Paper::try_new("driving-licence", "1").is_none());
}

#[test]
fn a_foreigners_number_is_no_citizens_number() {
    let body = "91184019900101123";
    let number = format!("{body}{}", mod_11_2(body));
    assert!(ForeignResident::try_new(&number).is_ok());
    assert_eq!(CitizenId::try_new(&number), Err(PaperError::UnknownDivision));
    let citizen = "11010519491231002X";
    assert!(CitizenId::try_new(citizen).is_ok());
    assert_eq!(ForeignResident::try_new(citizen), Err(PaperError::WrongCharacter));
}

#[test]
fn a_date_that_never_was_and_a_province_that_never_was_are_refused() {
    for (body, error) in [
        ("44030019990229001", PaperError::ImpossibleDate),
        ("44030019001301001", PaperError::ImpossibleDate),
        ("44030000000101001", PaperError::ImpossibleDate),
        ("99030019990228001", PaperError::UnknownDivision),
        ("81000119990228001", PaperError::UnknownDivision),
    ] {
        assert_eq!(CitizenId::try_new(&format!("{body}{}", mod_11_2(body))), Err(error), "{body}");
    }
    assert_eq!(CitizenId::try_new("810000990228001"), Err(PaperError::UnknownDivision));
    assert!(CitizenId::try_new(&format!("44030020000229001{}", mod_11_2("44030020000229001"))).is_ok());
}

#[test]
fn a_number_in_a_log_is_masked_and_a_fault_names_its_kind() {
    let paper: Paper = serde_json::from_str(r#"{ "kind": "citizen-id", "number": "11010519491231002x" }"#).unwrap();
    assert_eq!(paper.masked(), "1101**********002X");
    assert!(!format!("{paper:?}").contains("19491231"));
    assert_eq!(
        serde_json::to_string(&paper).unwrap(),
        r#"{"kind":"citizen-id","number":"11010519491231002X"}"#
    );
    let wrong = serde_json::from_str::<Paper>(r#"{ "kind": "citizen-id", "number": "110105194912310021" }"#).unwrap_err();
    assert!(wrong.to_string().starts_with("citizen-id.wrong-check-character: "), "{wrong}");
    assert!(!wrong.to_string().contains("110105"));
    for more in [
        r#"{ "kind": "passport", "number": "E12345678", "name": "x" }"#,
        r#"{ "kind": "badge", "number": "1" }"#,
    ] {
        assert!(serde_json::from_str::<Paper>(more).is_err(), "{more}");
    }
}

/// Every kind with its pattern and whether a text is taken.
type Reader = (&'static str, fn(&str) -> Result<String, PaperError>);
const READERS: [Reader; 8] = [
    (UnifiedCode::PATTERN, |t| UnifiedCode::try_new(t).map(|p| p.to_string())),
    (RegisteredCode::PATTERN, |t| RegisteredCode::try_new(t).map(|p| p.to_string())),
    (OrganisationCode::PATTERN, |t| OrganisationCode::try_new(t).map(|p| p.to_string())),
    (CitizenId::PATTERN, |t| CitizenId::try_new(t).map(|p| p.to_string())),
    (HongKongMacaoPermit::PATTERN, |t| {
        HongKongMacaoPermit::try_new(t).map(|p| p.to_string())
    }),
    (TaiwanPermit::PATTERN, |t| TaiwanPermit::try_new(t).map(|p| p.to_string())),
    (ForeignResident::PATTERN, |t| ForeignResident::try_new(t).map(|p| p.to_string())),
    (Passport::PATTERN, |t| Passport::try_new(t).map(|p| p.to_string())),
];

/// The form's pattern and the reader agree about length and characters.
fn pattern_agrees((pattern, read): Reader, text: &str) -> Result<(), TestCaseError> {
    let shape = !matches!(read(text), Err(PaperError::WrongLength | PaperError::WrongCharacter));
    prop_assert_eq!(Regex::new(pattern).unwrap().is_match(text), shape, "{:?} against {}", text, pattern);
    if let Ok(canonical) = read(text) {
        prop_assert_eq!(read(&canonical), Ok(canonical.clone()), "reading again changes nothing");
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_code_is_read_in_every_width_and_case(code in unified()) {
        let text = code.as_str();
        for other in [text.to_lowercase(), full_width(text), format!("\u{3000}{text} ")] {
            prop_assert_eq!(UnifiedCode::try_new(&other), Ok(code.clone()));
        }
        let parts = code.parts();
        let body = &parts.organisation.as_str()[..8];
        prop_assert_eq!(UnifiedCode::issue(parts.registrar, parts.class, &parts.division, body), Ok(code.clone()));
        let json = serde_json::to_string(&code).unwrap();
        prop_assert_eq!(serde_json::from_str::<UnifiedCode>(&json).unwrap(), code);
    }

    #[test]
    fn one_wrong_character_of_a_unified_code_is_found(code in unified(), at in 0..18_usize, with in 0..31_usize) {
        let text = replaced(code.as_str(), at, ALPHABET.chars().nth(with).unwrap());
        prop_assume!(text != code.as_str());
        prop_assert!(UnifiedCode::try_new(&text).is_err());
        // A registry's record of the same shape is kept as it is, and says that it doesn't check.
        if let Ok(registered) = UnifiedCode::as_registered(&text) {
            prop_assert_eq!(registered.as_str(), &text);
            prop_assert!(!registered.checks() && registered.unified().is_err());
        }
        prop_assert!(RegisteredCode::from(code).checks());
    }

    #[test]
    fn two_swapped_characters_of_a_unified_code_are_found(code in unified(), at in 0..17_usize) {
        let text = swapped(code.as_str(), at);
        prop_assume!(text != code.as_str());
        prop_assert!(UnifiedCode::try_new(&text).is_err());
    }

    #[test]
    fn one_wrong_character_of_an_organisation_code_is_found_unless_eleven_apart(
        body in "[0-9A-Z]{8}", at in 0..8_usize, with in "[0-9A-Z]"
    ) {
        let code = "0123456789X".chars().find_map(|c| OrganisationCode::try_new(&format!("{body}{c}")).ok()).unwrap();
        let with = with.chars().next().unwrap();
        let apart = body.chars().nth(at).unwrap().to_digit(36).unwrap().abs_diff(with.to_digit(36).unwrap());
        let read = OrganisationCode::try_new(&replaced(code.as_str(), at, with));
        prop_assert_eq!(read.is_ok(), apart % 11 == 0);
        prop_assert_eq!(OrganisationCode::try_new(&code.hyphenated()), Ok(code));
    }

    #[test]
    fn a_citizens_number_tells_birth_sex_and_division(text in citizen_text()) {
        let id = CitizenId::try_new(&text).unwrap();
        prop_assert_eq!(digits_of(id.birth_date()), &text[6..14]);
        prop_assert_eq!(id.is_male(), text[16..17].parse::<u8>().unwrap() % 2 == 1);
        prop_assert_eq!(id.division(), &text[..6]);
        prop_assert_eq!(CitizenId::try_new(&full_width(&text.to_lowercase())), Ok(id));
    }

    #[test]
    fn one_wrong_digit_of_a_citizens_number_is_found(text in citizen_text(), at in 0..18_usize, with in "[0-9X]") {
        let wrong = replaced(&text, at, with.chars().next().unwrap());
        prop_assume!(wrong != text);
        prop_assert!(CitizenId::try_new(&wrong).is_err());
    }

    #[test]
    fn two_swapped_digits_of_a_citizens_number_are_found(text in citizen_text(), at in 0..17_usize) {
        let wrong = swapped(&text, at);
        prop_assume!(wrong != text);
        prop_assert!(CitizenId::try_new(&wrong).is_err());
    }

    #[test]
    fn fifteen_digits_and_eighteen_are_one_person(
        division in "(11|23|31|44|50|65)[0-9]{4}", days in 0..36_524_i32, serial in "[0-9]{3}"
    ) {
        let birth = jiff::civil::date(1900, 1, 1) + days.days();
        let body = format!("{division}{}{serial}", digits_of(birth));
        let old = format!("{}{}", &body[..6], &body[8..]);
        let paper = |number: &str| Paper::try_new("citizen-id", number).unwrap().unwrap();
        let (old, new) = (paper(&old), paper(&format!("{body}{}", mod_11_2(&body))));
        prop_assert_eq!(old.key(), new.key());
        prop_assert_eq!(old, new);
    }

    #[test]
    fn a_year_is_added_on_the_birthday(text in citizen_text(), years in 1_i16..120) {
        let id = CitizenId::try_new(&text).unwrap();
        let birth = id.birth_date();
        // 29 February has its day in a common year on 1 March.
        let birthday = Date::new(birth.year() + years, birth.month(), birth.day())
            .unwrap_or(jiff::civil::date(birth.year() + years, 3, 1));
        prop_assert_eq!(id.age_on(birthday), u16::try_from(years).ok());
        prop_assert_eq!(id.age_on(birthday.yesterday().unwrap()), u16::try_from(years - 1).ok());
        prop_assert_eq!(id.age_on(birth), Some(0));
        prop_assert_eq!(id.age_on(birth.yesterday().unwrap()), None);
    }

    #[test]
    fn no_text_stops_a_reader(text in any::<String>(), reader in prop::sample::select(READERS.to_vec())) {
        pattern_agrees(reader, &text)?;
    }

    #[test]
    fn pattern_and_reader_agree_near_the_shape(
        reader in prop::sample::select(READERS.to_vec()),
        text in "[ \u{3000}]?[0-9A-Za-z０-９Ａ-Ｚ][0-9]{4,17}[-－]?[0-9A-Zx×Ｘ]?[A-Z]{0,8}[\n ]?"
    ) {
        pattern_agrees(reader, &text)?;
    }

    #[test]
    fn pattern_and_reader_agree_inside_the_shape((reader, text) in prop::sample::select(READERS.to_vec()).prop_flat_map(|reader| {
        let inside = reader.0.trim_start_matches('^').trim_end_matches('$').replace(r"\s*", "[ \u{3000}]?");
        (Just(reader), prop::string::string_regex(&inside).unwrap())
    })) {
        prop_assert!(!matches!(reader.1(&text), Err(PaperError::WrongLength | PaperError::WrongCharacter)), "{:?}", text);
        pattern_agrees(reader, &text)?;
    }
}
