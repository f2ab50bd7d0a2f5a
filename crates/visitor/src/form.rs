//! Finds a form's fields in a page, as far as the guide's test and measurements need them.

/// The fields that a browser would send of the form in `page` that contains `mark`, as the page fills them in.
pub fn fields(page: &str, mark: &str) -> Option<Vec<(String, String)>> {
    let form = page
        .split("<form")
        .skip(1)
        .filter_map(|rest| rest.split("</form>").next())
        .find(|form| form.contains(mark))?;
    let mut fields = Vec::new();
    for tag in form.split("<input").skip(1).filter_map(|rest| rest.split('>').next()) {
        let Some(field) = attribute(tag, "name") else { continue };
        let boxed = matches!(attribute(tag, "type"), Some("checkbox" | "radio"));
        if !boxed || tag.contains(" checked") {
            let value = attribute(tag, "value").unwrap_or(if boxed { "on" } else { "" });
            fields.push((field.to_owned(), value.to_owned()));
        }
    }
    for select in form.split("<select").skip(1).filter_map(|rest| rest.split("</select>").next()) {
        let options: Vec<_> =
            select.split("<option").skip(1).filter_map(|rest| rest.split('>').next()).collect();
        let chosen = options.iter().find(|tag| tag.contains(" selected")).or(options.first());
        if let (Some(field), Some(tag)) = (attribute(select, "name"), chosen) {
            fields.push((field.to_owned(), attribute(tag, "value").unwrap_or_default().to_owned()));
        }
    }
    Some(fields)
}

/// Fills in one field, which the form may not have filled in itself.
pub fn set(fields: &mut Vec<(String, String)>, name: &str, value: String) {
    fields.retain(|(field, _)| field != name);
    fields.push((name.to_owned(), value));
}

/// The fields of the form in `page` that has a password field: hidden ones as they are, the user's name and the
/// password filled in. `None` if there is no such form.
pub fn log_in(page: &str, name: &str, password: &str) -> Option<Vec<(String, String)>> {
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
    fn takes_a_form_as_the_page_fills_it_in() {
        let page = r#"<form><input type="hidden" name="base" value="7"><input name="name" value="web"><input type="checkbox"
            name="on" value="1" checked><input type="checkbox" name="off" value="1"><select name="s"><option
            value="rr"></option><option value="wlc" selected></option></select></form>"#;
        let mut found = fields(&page.replace('\n', " "), "name=\"base\"").unwrap();
        set(&mut found, "name", "db".to_owned());
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("base", "7"), ("on", "1"), ("s", "wlc"), ("name", "db")]);
    }

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
