//! Finds a form's fields in a page, as far as the guide's test needs them.

/// The fields of the form in `page` that has a password field: hidden ones as they are, the user's name and the
/// password filled in. `None` if there is no such form.
pub(super) fn log_in(page: &str, name: &str, password: &str) -> Option<Vec<(String, String)>> {
    let form = page
        .split("<form")
        .skip(1)
        .filter_map(|rest| rest.split("</form>").next())
        .find(|form| form.contains("type=\"password\""))?;
    let mut fields = Vec::new();
    for tag in form.split("<input").skip(1).filter_map(|rest| rest.split('>').next()) {
        let Some(field) = attribute(tag, "name") else { continue };
        let value = match attribute(tag, "type").unwrap_or("text") {
            "hidden" => attribute(tag, "value").unwrap_or_default(),
            "password" => password,
            "text" => name,
            _ => continue,
        };
        fields.push((field.to_owned(), value.to_owned()));
    }
    Some(fields)
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    tag[start..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_the_log_in_form_among_others() {
        let page = r#"<form action="/preferences"><input name="lang" value="zh"></form><form method="post"><input
            type="hidden" name="back" value="/x"><label>User <input id="u" name="user" type="text"></label>
            <input name="pw" type="password"/><button type="submit">Log in</button></form>"#;
        let page = page.replace('\n', " ");
        let fields = log_in(&page, "admin", "s3cret").unwrap();
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(fields, [("back", "/x"), ("user", "admin"), ("pw", "s3cret")]);
        assert!(log_in("<form><input name=\"x\"></form>", "a", "b").is_none());
    }
}
