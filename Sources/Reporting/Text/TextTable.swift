/// A table of plain text: columns as wide as their widest cell, two blanks between, no rules. Cells are escaped for the
/// terminal here, so callers pass names as they are.
package struct TextTable {
  /// Numbers and positions to the right, words to the left.
  package enum Alignment { case left, right }

  private var header: [(title: String, alignment: Alignment)]
  private var rows: [[(text: String, style: TextStyle.Role?)]] = []

  /// The columns, from left to right.
  package init(_ header: [(String, Alignment)]) {
    self.header = header.map { (title: $0.0, alignment: $0.1) }
  }

  /// A row; missing cells at its end are empty. `styles` by the column's number from 0.
  package mutating func add(_ cells: [String], styles: [Int: TextStyle.Role] = [:]) {
    rows.append(cells.enumerated().map { (text: TerminalText.escaped($0.element), style: styles[$0.offset]) })
  }

  /// Without rows nothing is worth a heading.
  package var isEmpty: Bool { rows.isEmpty }

  /// The lines, each beginning with `indent` blanks. Columns that are empty in every row are left out. Where `width` is
  /// given, what the last column has too much of goes on below, as far as words allow.
  package func lines(indent: Int, style: TextStyle, width: Int? = nil) -> [String] {
    let used = header.indices.filter { column in rows.contains { column < $0.count && !$0[column].text.isEmpty } }
    let widths = used.map { column in
      max(header[column].title.count, rows.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0)
    }
    func line(_ cells: [(text: String, style: TextStyle.Role?)]) -> String {
      var out = String(repeating: " ", count: indent)
      for (position, column) in used.enumerated() {
        let cell = column < cells.count ? cells[column] : (text: "", style: nil)
        let padding = String(repeating: " ", count: widths[position] - cell.text.count)
        let shown = cell.style.map { style.paint(cell.text, $0) } ?? cell.text
        let last = position == used.count - 1
        switch header[column].alignment {
        case .left: out += shown + (last ? "" : padding)
        case .right: out += padding + shown
        }
        if !last { out += "  " }
      }
      while out.last == " " { out.removeLast() }
      return out
    }
    let before = used.indices.dropLast().reduce(indent) { $0 + widths[$1] + 2 }
    func wrapped(_ row: [(text: String, style: TextStyle.Role?)]) -> [String] {
      guard let width, let last = used.last, last < row.count, !row[last].text.isEmpty else { return [line(row)] }
      return TextStyle.wrapped(row[last].text, width: width, indent: before).enumerated().map { index, part in
        var cells = index == 0 ? row : row.map { (text: "", style: $0.style) }
        cells[last].text = part
        return line(cells)
      }
    }
    return [line(header.map { (text: $0.title, style: .faint) })] + rows.flatMap(wrapped)
  }
}
