/// A table of plain text: columns as wide as their widest cell, two blanks between, no rules. Cells are text of any kind, names
/// as they are: they become ``TerminalText`` here.
package struct TextTable {
  /// Numbers and positions to the right, words to the left.
  package enum Alignment { case left, right }

  private var header: [(title: TerminalText, alignment: Alignment)]
  private var rows: [[Cell]] = []
  /// On a terminal the last column ends where its columns do, with an ellipsis, and is left out where next to nothing of it fits. Else it
  /// is broken.
  package var cutsLastColumn = false

  /// The columns, from left to right.
  package init(_ header: [(String, Alignment)]) {
    self.header = header.map { (title: "\($0.0)", alignment: $0.1) }
  }

  /// A row; missing cells at its end are empty. `styles` by the column's number from 0.
  package mutating func add(_ cells: [String], styles: [Int: TextStyle.Role] = [:]) {
    rows.append(cells.enumerated().map { (text: "\($0.element)", style: styles[$0.offset]) })
  }

  /// Without rows nothing is worth a heading.
  package var isEmpty: Bool { rows.isEmpty }

  /// The lines, each beginning with `indent` blanks; `heading` puts the titles of the columns first. Columns that are empty in
  /// every row are left out.
  ///
  /// A table that is wider than the terminal has the names in its first column shortened, as far as they still differ, and
  /// its last column broken, where that is enough. Else each row becomes a few lines: its first cell, and below it the others
  /// with their titles. Without a terminal a row is one line.
  package func lines(indent: Int, style: TextStyle, heading: Bool = true) -> [TerminalText] {
    let table = shortened(indent: indent, style: style, heading: heading)
    return (cutsLastColumn ? table.cut(indent: indent, style: style, heading: heading) : table)
      .whole(indent: indent, style: style, heading: heading)
  }

  /// With as much of the last column as fits.
  private func cut(indent: Int, style: TextStyle, heading: Bool) -> TextTable {
    guard let columns = style.columns, let last = header.indices.last else { return self }
    let used = header.indices.dropLast().filter { column in
      rows.contains { column < $0.count && !$0[column].text.isEmpty }
    }
    let room = columns - used.reduce(indent) { $0 + width(ofColumn: $1, heading: heading) + 2 }
    var table = self
    for row in rows.indices where last < rows[row].count && rows[row][last].text.width > room {
      var text = room < Self.leastOfLast ? "" : rows[row][last].text.text
      while DisplayWidth.of(text) >= room, !text.isEmpty { text.removeLast() }
      table.rows[row][last].text = text.isEmpty ? "" : "\(text)…"
    }
    return table
  }

  /// Less of a sentence says nothing.
  private static let leastOfLast = 12

  /// With shorter names where only they are in the way, else itself.
  private func shortened(indent: Int, style: TextStyle, heading: Bool) -> TextTable {
    guard let columns = style.columns, let first = header.first, first.alignment == .left else { return self }
    let names = rows.map { $0.first?.text.text ?? "" }
    let used = header.indices.dropFirst().filter { column in
      rows.contains { column < $0.count && !$0[column].text.isEmpty }
    }
    guard let last = used.last else { return self }
    let others = used.dropLast().reduce(0) { $0 + 2 + width(ofColumn: $1, heading: heading) }
    let end = min(width(ofColumn: last, heading: heading), max(longestWord(ofColumn: last, heading: heading), 36))
    let room = columns - indent - others - 2 - end
    let least = max(Self.shortestName, first.title.width)
    guard (names.map(DisplayWidth.of).max() ?? 0) > max(room, least),
      let short = ShortNames.fit(names, least: max(room, least), most: max(room, least))
    else { return self }
    var table = self
    for (row, name) in short.enumerated() where !table.rows[row].isEmpty { table.rows[row][0].text = "\(name)" }
    return table
  }

  /// No name is made shorter than that.
  private static let shortestName = 24

  private func width(ofColumn column: Int, heading: Bool) -> Int {
    max(
      heading ? header[column].title.width : 0,
      rows.map { column < $0.count ? $0[column].text.width : 0 }.max() ?? 0)
  }

  private func whole(indent: Int, style: TextStyle, heading: Bool) -> [TerminalText] {
    let used = header.indices.filter { column in rows.contains { column < $0.count && !$0[column].text.isEmpty } }
    guard let last = used.last else { return [] }
    let widths = used.map { width(ofColumn: $0, heading: heading) }
    let before = widths.dropLast().reduce(indent) { $0 + $1 + 2 }
    let isTooWide = style.columns.map { before + (widths.last ?? 0) > $0 } ?? false
    if isTooWide, let columns = style.columns, before + longestWord(ofColumn: last, heading: heading) > columns {
      return rows.flatMap { stacked($0, used, indent: indent, style: style, columns: columns) }
    }
    func line(_ cells: [Cell]) -> TerminalText {
      var out = TerminalText.blanks(indent)
      for (position, column) in used.enumerated() {
        let cell = column < cells.count ? cells[column] : (text: "", style: nil)
        let padding = TerminalText.blanks(widths[position] - cell.text.width)
        let shown = cell.style.map { style.paint(cell.text, $0) } ?? cell.text
        switch header[column].alignment {
        case .left: out += shown + (column == last ? "" : padding)
        case .right: out += padding + shown
        }
        if column != last { out += "  " }
      }
      return out.trimmed
    }
    func wrapped(_ row: [Cell]) -> [TerminalText] {
      guard isTooWide, last < row.count, !row[last].text.isEmpty else { return [line(row)] }
      return TextStyle.wrapped(row[last].text, width: style.width, indent: before).enumerated().map { index, part in
        var cells = index == 0 ? row : row.map { (text: "", style: $0.style) }
        cells[last].text = part
        return line(cells)
      }
    }
    return (heading ? [line(header.map { (text: $0.title, style: .faint) })] : []) + rows.flatMap(wrapped)
  }

  private typealias Cell = (text: TerminalText, style: TextStyle.Role?)

  /// What a column cannot be made narrower than: its longest word, and room for a few of a sentence.
  private func longestWord(ofColumn column: Int, heading: Bool) -> Int {
    let texts = rows.map { column < $0.count ? $0[column].text : "" } + (heading ? [header[column].title] : [])
    let widest = texts.map(\.width).max() ?? 0
    return max(texts.flatMap { $0.words.map(\.width) }.max() ?? 0, min(widest, 20))
  }

  /// A row that does not fit, over several lines.
  private func stacked(
    _ row: [Cell], _ used: [Int], indent: Int, style: TextStyle, columns: Int
  ) -> [TerminalText] {
    let cells = used.compactMap { column -> (title: TerminalText, cell: Cell)? in
      guard column < row.count, !row[column].text.isEmpty else { return nil }
      return (header[column].title, row[column])
    }
    guard let first = cells.first else { return [] }
    var lines = style.line(first.cell.text, indent: indent, role: first.cell.style)
    var (open, count) = (TerminalText(""), 0)
    func close() {
      if !open.isEmpty { lines.append(.blanks(indent + 2) + open) }
      (open, count) = ("", 0)
    }
    for (title, cell) in cells.dropFirst() {
      let needed = title.width + 1 + cell.text.width
      if count > 0, indent + 2 + count + 2 + needed > columns { close() }
      guard indent + 2 + needed <= columns else {
        lines += style.line("\(title) \(cell.text)", indent: indent + 2, role: cell.style)
        continue
      }
      if count > 0 { (open, count) = (open + "  ", count + 2) }
      open += style.paint(title, .faint) + " " + (cell.style.map { style.paint(cell.text, $0) } ?? cell.text)
      count += needed
    }
    close()
    return lines
  }
}
