//! What a letter looks like: plain text and a little HTML in the reader's language. No number of a person ever stands in one.

use std::time::SystemTime;

use jiff::Timestamp;
use kernel::papers::CitizenId;
use kernel::{Bilingual, Problem};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, MultiPartKind, SinglePart};

use super::mail::MailSettings;
use super::post::{About, Letter};
use super::preferences::Language;

/// Subject, text and link of a letter.
struct Words {
    subject: String,
    text: String,
    link: String,
    /// What stands on the link.
    door: &'static str,
    foot: &'static str,
}

/// A letter as it goes to the mail server. The same letter is the same bytes each time, under the same Message-ID.
///
/// # Errors
/// The address can't be written to.
pub fn written(settings: &MailSettings, name: &str, letter: &Letter, at: Timestamp) -> Result<Message, Problem> {
    let unfit = |e: &dyn std::fmt::Display| Problem(format!("a letter is written: {e}"));
    let words = words(settings, letter);
    let to: Mailbox = letter.to.parse().map_err(|e| unfit(&e))?;
    let text = format!("{}\n\n{}\n{}\n\n--\n{}\n", words.text, words.door, words.link, words.foot);
    let html = format!(
        "<!doctype html><html lang=\"{}\"><body><p>{}</p><p><a href=\"{}\">{}</a></p><p><small>{}</small></p></body></html>",
        if letter.language == Language::Zh { "zh-CN" } else { "en" },
        escaped(&words.text),
        escaped(&words.link),
        words.door,
        words.foot
    );
    let both = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("qianhai-{name}"))
        .singlepart(SinglePart::plain(text))
        .singlepart(SinglePart::html(html));
    Message::builder()
        .from(settings.from.clone())
        .to(to)
        .subject(words.subject)
        .date(SystemTime::from(at))
        .message_id(Some(format!("<{name}@{}>", settings.from.email.domain())))
        // RFC 3834: nobody's absence is to answer.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ))
        .multipart(both)
        .map_err(|e| unfit(&e))
}

fn words(settings: &MailSettings, letter: &Letter) -> Words {
    let choose = |zh: &'static str, en: &'static str| match letter.language {
        Language::Zh => zh,
        Language::En => en,
    };
    let of = |words: &Bilingual| without_numbers(letter.language.of(words));
    let base = settings.public_url.trim_end_matches('/');
    match &letter.about {
        About::Confirmation { code } => Words {
            subject: choose("请确认您的邮箱", "Confirm your mail address").into(),
            text: choose(
                "有账号申请将办事通知发送到此邮箱。如为本人操作，请在 24 小时内打开以下链接确认；否则请忽略本邮件。",
                "An account asked for its notices to be sent to this address. If it was yours, open this link within 24 hours; \
                 otherwise do nothing.",
            )
            .into(),
            link: format!("{base}/api/preferences/confirm?code={code}"),
            door: choose("确认邮箱", "Confirm the address"),
            foot: choose("本邮件由系统自动发送，请勿回复。", "Sent by the portal; please do not answer."),
        },
        About::Notice { case, service, text } => Words {
            subject: format!("{}{}{}", of(service), choose("：", ": "), of(text)),
            text: format!("{}\n{} {case}", of(text), choose("受理编号", "Case number")),
            link: format!("{base}/cases/{case}"),
            door: choose("查看办件", "See the case"),
            foot: choose(
                "本邮件由系统自动发送，请勿回复。可在“偏好设置”中关闭邮件通知。",
                "Sent by the portal; please do not answer. Mail can be turned off in the preferences.",
            ),
        },
    }
}

/// Stars out every citizen number in a text, wherever it stands.
fn without_numbers(text: &str) -> String {
    let mut rest = text;
    let mut clean = String::with_capacity(text.len());
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        clean.push_str(before);
        match CitizenId::try_new(run) {
            Ok(number) => clean.push_str(&number.masked()),
            Err(_) => clean.push_str(run),
        }
        rest = after;
    }
    clean.push_str(rest);
    clean
}

fn escaped(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    text.replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use kernel::{AccountId, CaseId};

    use super::*;

    fn letter(language: Language) -> Letter {
        Letter {
            account: AccountId::try_new("someone").unwrap(),
            to: "someone@example.com".into(),
            language,
            about: About::Notice {
                case: CaseId::try_new("QH261122-7K3M9QAZXW").unwrap(),
                service: Bilingual::new("企业设立", "Setting up a firm"),
                text: Bilingual::new("<请> 11010519491231002X，签署", "Sign, 11010519491231002X & all"),
            },
        }
    }

    fn settings() -> MailSettings {
        let text = "[mail]\nserver = \"localhost\"\nport = 25\nencryption = \"none\"\nfrom = \"前海 <qh@example.com>\"\npublic-url = \"https://qh.example.com/\"";
        let operator = crate::operator::Operator::parse(text).unwrap();
        MailSettings::of(&operator).unwrap().unwrap()
    }

    #[test]
    fn a_letter_is_the_same_each_time_and_its_headers_are_ascii() {
        for language in [Language::Zh, Language::En] {
            let write = || {
                written(&settings(), "0123", &letter(language), Timestamp::UNIX_EPOCH)
                    .unwrap()
                    .formatted()
            };
            let text = String::from_utf8(write()).unwrap();
            assert_eq!(write(), text.as_bytes(), "the same bytes");
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            assert!(head.is_ascii(), "{head}");
            assert!(
                head.contains("Message-ID: <0123@example.com>") && head.contains("Auto-Submitted: auto-generated"),
                "{head}"
            );
        }
    }

    #[test]
    fn no_number_of_a_person_stands_in_a_letter() {
        let words = words(&settings(), &letter(Language::Zh));
        assert!(
            !words.text.contains("11010519491231002X") && words.text.contains("签署"),
            "{}",
            words.text
        );
        assert_eq!(words.link, "https://qh.example.com/cases/QH261122-7K3M9QAZXW");
        assert_eq!(without_numbers("914403001922038216 and A-1 号"), "914403001922038216 and A-1 号");
    }

    #[test]
    fn settings_of_mail_are_checked() {
        let of = |text: &str| MailSettings::of(&crate::operator::Operator::parse(text).unwrap());
        assert!(of("").unwrap().is_none());
        let base = "[mail]\nserver = \"localhost\"\nport = 25\nencryption = \"none\"\nfrom = \"qh@example.com\"\n";
        assert!(of(base).is_err(), "without public-url");
        assert!(of(&format!("{base}public-url = \"ftp://x\"")).is_err());
        assert!(
            of(&format!("{base}public-url = \"http://x\"\nuser = \"x\"")).is_err(),
            "a user without a secret-file"
        );
        assert!(
            of(&format!("{base}public-url = \"http://x\"\npassword = \"x\"")).is_err(),
            "a secret has no place here"
        );
    }
}
