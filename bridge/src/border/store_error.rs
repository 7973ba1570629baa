//! What errors of `object_store` say: with their causes, and without the whole of a server's answer.

use std::error::Error as StdError;

/// Longer answers of servers are cut.
const LONGEST_ANSWER: usize = 500;

/// What stands before a server's answer in the texts of `object_store`.
const BEFORE_ANSWER: [&str; 2] =
    ["Server returned non-2xx status code: ", "Server returned error response: "];

/// The text of an element of an XML document without attributes.
pub fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text.trim())
}

fn unescaped(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_string(), |text, (entity, meant)| text.replace(entity, meant))
}

/// What a server's answer says: code and message where it is the XML of a store, else its start.
pub fn brief_answer(answer: &str) -> String {
    if let Some(code) = element(answer, "Code") {
        let message = element(answer, "Message").unwrap_or_default();
        let separator = if message.is_empty() { "" } else { ": " };
        return unescaped(&format!("{code}{separator}{message}"));
    }
    let words: Vec<&str> = answer.split_whitespace().collect();
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST_ANSWER) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The text with the answer of a server in it made brief.
fn with_brief_answer(text: &str) -> String {
    for before in BEFORE_ANSWER {
        let Some((start, rest)) = text.split_once(before) else { continue };
        // After a status comes its reason.
        let (status, answer) = match before.contains("status") {
            true => rest.split_once(": ").unwrap_or((rest, "")),
            false => ("", rest),
        };
        let separator = if status.is_empty() || answer.is_empty() { "" } else { ": " };
        return format!("{start}{before}{status}{separator}{}", brief_answer(answer));
    }
    text.to_string()
}

/// The text of an error and, after arrows, of those causes that it does not mention.
pub fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut said = error.to_string();
    let mut text = with_brief_answer(&said);
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        if !said.contains(&reason) {
            text = format!("{text} -> {reason}");
            said.push_str(&reason);
        }
        cause = error.source();
    }
    if said.contains("URL scheme is not allowed") {
        text.push_str(" (the storage option allow_http allows http)");
    }
    text
}

/// What is said of an object that is not there, and of what it would be in where that is not there.
pub fn missing_object(path: &str, source: &(dyn StdError + 'static)) -> String {
    let text = source.to_string();
    let what = match element(&text, "Code") {
        None | Some("NoSuchKey" | "BlobNotFound") => String::new(),
        Some(_) => format!(" ({})", brief_answer(&text)),
    };
    format!("The file is missing: {path}{what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Link(&'static str, Option<Box<Link>>);

    impl std::fmt::Display for Link {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Link {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_ref().map(|link| link.as_ref() as _)
        }
    }

    #[test]
    fn causes_are_named_once() {
        let refused = Link("Connection refused", None);
        let sent = Link("error sending request", Some(Box::new(refused)));
        let whole = Link("GET failed: error sending request", Some(Box::new(sent)));
        assert_eq!(with_causes(&whole), "GET failed: error sending request -> Connection refused");
    }

    #[test]
    fn answers_are_brief() {
        let xml =
            "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>It &lt;is&gt; \
                   not there</Message><RequestId>7</RequestId></Error>";
        assert_eq!(brief_answer(xml), "NoSuchBucket: It <is> not there");
        assert_eq!(brief_answer("<html>\n  <b>no</b>"), "<html> <b>no</b>");
        assert_eq!(brief_answer(&"é".repeat(600)), format!("{}…", "é".repeat(500)));
        let text = format!("GET x - Server returned non-2xx status code: 404 Not Found: {xml}");
        assert_eq!(
            with_brief_answer(&text),
            "GET x - Server returned non-2xx status code: 404 Not Found: NoSuchBucket: It <is> not there"
        );
        let text = "Server returned non-2xx status code: 503 Service Unavailable: ";
        assert_eq!(with_brief_answer(text), text.trim_end_matches(": "));
    }
}
