/// What a page must have for those who cannot see it, or have no mouse: found by its text, as a browser's accessibility tree would
/// show it.
package enum PageCheck {
  /// What is missing; empty where nothing is.
  package static func violations(of page: String) -> [String] {
    var violations: [String] = []
    func expect(_ holds: Bool, _ what: String) { if !holds { violations.append(what) } }
    expect(page.contains("<html lang=\"en\">") && !text(of: "title", in: page).isEmpty, "a language and a title")
    expect(page.contains("name=\"viewport\""), "a viewport")
    expect(page.contains("<main>"), "a main part")
    let headings = page.matches(of: /<h([1-6])[ >]/).compactMap { Int($0.1) }
    expect(headings.filter { $0 == 1 }.count == 1 && headings.first == 1, "one first heading: \(headings)")
    expect(zip(headings, headings.dropFirst()).allSatisfy { $1 <= $0 + 1 }, "no level left out: \(headings)")
    for part in page.split(separator: "<table").dropFirst() {
      let table = part.firstRange(of: "</table>").map { part[..<$0.lowerBound] } ?? part
      expect(table.contains("<caption>") && !table.contains("<caption></caption>"), "a caption: \(table.prefix(200))")
      let columns = table.matches(of: /<th role="columnheader" scope="col"/).count
      expect(columns > 0, "headers of columns: \(table.prefix(200))")
      for row in table.split(separator: "<tr").dropFirst(2) {
        let cells = row.matches(of: /<td role/).count + row.matches(of: /<th role="rowheader" scope="row">/).count
        expect(cells == columns && row.contains("<th role=\"rowheader\""), "a header and \(columns) cells: \(row)")
      }
    }
    for picture in page.matches(of: /<svg[^>]*>/) {
      let isNamed = picture.0.contains("role=\"img\"") && picture.0.contains(/aria-label="[^"]{20,}"/)
      expect(isNamed || picture.0.contains("aria-hidden=\"true\""), "words for a picture: \(picture.0)")
    }
    for control in page.matches(of: /<input[^>]*id="([^"]+)"/) {
      expect(page.contains("<label for=\"\(control.1)\">"), "a label: \(control.0)")
    }
    expect(
      !page.contains("tabindex") && !page.contains("onclick") && !page.contains("autofocus"), "the order of the text")
    return violations
  }

  private static func text(of element: String, in page: String) -> Substring {
    guard let begin = page.firstRange(of: "<\(element)>"), let end = page.firstRange(of: "</\(element)>") else {
      return ""
    }
    return page[begin.upperBound..<end.lowerBound]
  }
}
