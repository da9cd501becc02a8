//! Checks an input against the schema of its action, so that every fault is told at once, with its place and in both languages.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use kernel::limits::FAULTS_MAX;
use kernel::papers::{CitizenId, PaperError, UnifiedCode};
use kernel::refusal::Fault;
use kernel::{BadInput, Bilingual};
use serde_json::Value;

use crate::limits::{JSON_DEPTH_MAX, JSON_STRING_BYTES_MAX};

/// A schema, compiled.
pub struct Checker(Validator);

impl Checker {
    /// Compiles the schema of an action or question.
    ///
    /// # Panics
    /// If the schema, which is generated from a type, is no schema.
    pub fn new(schema: &Value) -> Self {
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .with_format("citizen-id", |text: &str| CitizenId::try_new(text).is_ok())
            .with_format("unified-code", |text: &str| UnifiedCode::try_new(text).is_ok())
            .build(schema)
            .unwrap_or_else(|e| panic!("a generated schema is a schema: {e}"));
        Self(validator)
    }

    /// Every fault of the input.
    ///
    /// # Errors
    /// At least one fault, at most [`FAULTS_MAX`].
    pub fn check(&self, input: &Value) -> Result<(), BadInput> {
        let mut faults: Vec<Fault> = Vec::new();
        for error in self.0.iter_errors(input) {
            for fault in faults_of(&error) {
                let told = faults.iter().any(|f| f.pointer == fault.pointer && f.code == fault.code);
                if !told && faults.len() < FAULTS_MAX {
                    faults.push(fault);
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(BadInput { faults }) }
    }
}

/// Refuses JSON that is nested too deep or has too long a text, before anything walks through it.
///
/// # Errors
/// The first such place.
pub fn check_shape(value: &Value) -> Result<(), BadInput> {
    fn walk(value: &Value, pointer: &mut String, depth: usize) -> Result<(), BadInput> {
        if depth > JSON_DEPTH_MAX {
            return Err(BadInput::at(pointer.clone(), "too-deep", "嵌套过深", "nested too deep"));
        }
        match value {
            Value::String(text) if text.len() > JSON_STRING_BYTES_MAX => {
                Err(BadInput::at(pointer.clone(), "too-long", "文字过长", "the text is too long"))
            }
            Value::String(text) if text.contains('\0') => Err(BadInput::at(
                pointer.clone(),
                "control-character",
                "含有不可用的控制字符",
                "it has a control character",
            )),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(n, item)| step(item, pointer, &n.to_string(), depth)),
            Value::Object(map) => map.iter().try_for_each(|(key, item)| step(item, pointer, key, depth)),
            _ => Ok(()),
        }
    }
    fn step(item: &Value, pointer: &mut String, key: &str, depth: usize) -> Result<(), BadInput> {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        walk(item, pointer, depth + 1)?;
        pointer.truncate(length);
        Ok(())
    }
    walk(value, &mut String::new(), 0)
}

fn faults_of(error: &ValidationError<'_>) -> Vec<Fault> {
    let pointer = error.instance_path().to_string();
    let fault = |code: &str, zh: String, en: String| Fault {
        pointer: pointer.clone(),
        code: code.into(),
        message: Bilingual { zh, en },
    };
    let one = |code: &str, zh: &str, en: &str| vec![fault(code, zh.into(), en.into())];
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let at = format!("{pointer}/{name}");
            vec![Fault {
                pointer: at,
                code: "required".into(),
                message: Bilingual::new("请填写此项", "This is needed"),
            }]
        }
        ValidationErrorKind::AdditionalProperties { unexpected } | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
            .iter()
            .map(|name| Fault {
                pointer: format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                code: "unknown-field".into(),
                message: Bilingual::new("没有这一项", "There is no such field"),
            })
            .collect(),
        ValidationErrorKind::Type { kind } => {
            let expected = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(many) => many.iter().map(|t| t.to_string()).collect::<Vec<_>>().join(" / "),
            };
            vec![fault("type", format!("应为{}", type_zh(&expected)), format!("expected {expected}"))]
        }
        ValidationErrorKind::MinLength { limit } => {
            vec![fault(
                "too-short",
                format!("至少 {limit} 个字"),
                format!("at least {limit} characters"),
            )]
        }
        ValidationErrorKind::MaxLength { limit } => {
            vec![fault(
                "too-long",
                format!("最多 {limit} 个字"),
                format!("at most {limit} characters"),
            )]
        }
        ValidationErrorKind::MinItems { limit } => vec![fault("too-few", format!("至少 {limit} 项"), format!("at least {limit}"))],
        ValidationErrorKind::MaxItems { limit } => vec![fault("too-many", format!("最多 {limit} 项"), format!("at most {limit}"))],
        ValidationErrorKind::Minimum { limit } => vec![fault("too-small", format!("不得小于 {limit}"), format!("not less than {limit}"))],
        ValidationErrorKind::Maximum { limit } => vec![fault("too-large", format!("不得大于 {limit}"), format!("not more than {limit}"))],
        ValidationErrorKind::Enum { .. } | ValidationErrorKind::Constant { .. } => {
            one("choice", "不在可选范围内", "not one of the choices")
        }
        ValidationErrorKind::Pattern { .. } => one("pattern", "格式不正确", "not of the right form"),
        ValidationErrorKind::Format { format } => vec![paper_fault(format, error.instance(), &fault)],
        ValidationErrorKind::OneOfNotValid { .. } | ValidationErrorKind::AnyOf { .. } => alternatives(error, &pointer),
        _ => one("invalid", "不符合要求", "not acceptable"),
    }
}

/// A tagged union fails as a whole; the faults of the alternative whose tag fits are what the writer wants to know.
fn alternatives(error: &ValidationError<'_>, pointer: &str) -> Vec<Fault> {
    let branches: &[Vec<ValidationError<'static>>] = match error.kind() {
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => context,
        _ => &[],
    };
    let is_tag = |e: &ValidationError<'_>| {
        matches!(
            e.kind(),
            ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. } | ValidationErrorKind::Type { .. }
        )
    };
    let nearest = branches
        .iter()
        .filter(|errors| !errors.iter().any(is_tag))
        .min_by_key(|errors| errors.len());
    match nearest {
        Some(errors) => errors.iter().flat_map(faults_of).collect(),
        None => vec![Fault {
            pointer: pointer.into(),
            code: "choice".into(),
            message: Bilingual::new("不在可选范围内，或缺少类型", "not one of the choices, or its kind is missing"),
        }],
    }
}

fn paper_fault(format: &str, instance: &Value, fault: &dyn Fn(&str, String, String) -> Fault) -> Fault {
    let text = instance.as_str().unwrap_or_default();
    let why: Option<PaperError> = match format {
        "citizen-id" => CitizenId::try_new(text).err(),
        "unified-code" => UnifiedCode::try_new(text).err(),
        _ => None,
    };
    match why {
        Some(why) => fault(&format!("{format}.{}", why.code()), why.zh().to_string(), why.to_string()),
        None => fault(&format!("{format}.malformed"), "格式不正确".into(), format!("not a {format}")),
    }
}

fn type_zh(expected: &str) -> String {
    let word = |t: &str| match t.trim() {
        "string" => "文字",
        "integer" => "整数",
        "number" => "数字",
        "boolean" => "是或否",
        "array" => "列表",
        "object" => "一组字段",
        "null" => "空",
        _ => "其他类型",
    };
    expected.split('/').map(word).collect::<Vec<_>>().join("或")
}
