import PostgresFormat

/// One question to a server: where it is asked, and which columns each version has there. Version differences are data.
struct ServerQuery: Sendable {
  /// A value of the answer.
  struct Column: Sendable {
    var name: String
    var first: ServerVersion
    var last: ServerVersion
    /// What is selected under that name; nil: the column of that name.
    var expression: String?

    static func column(
      _ name: String, _ expression: String? = nil, from first: ServerVersion = .oldest, to last: ServerVersion = .newest
    ) -> Column {
      Column(name: name, first: first, last: last, expression: expression)
    }

    /// A time, as microseconds since 1970.
    static func time(
      _ name: String, _ expression: String? = nil, from first: ServerVersion = .oldest
    ) -> Column {
      column(
        name, "(pg_catalog.date_part('epoch', \(expression ?? name)) * 1000000)::pg_catalog.int8", from: first)
    }

    /// A position that was called `…location` before 10.
    static func position(_ name: String, before: String) -> [Column] {
      [column(name, before, to: .v9_6), column(name, from: .v10)]
    }
  }

  /// What a problem says could not be read: the view or function that a person would look at.
  var name: String
  /// As for files: `slot_folder`, `control_file`, `configuration`, …
  var subject: String
  var source: String
  var first = ServerVersion.oldest
  var columns: [Column]
  /// What follows the source: a condition, an order, a limit.
  var rest = ""

  /// nil where the version has nothing of the kind.
  func statement(for version: ServerVersion) -> String? {
    guard version >= first else { return nil }
    let selected = columns.filter { $0.first <= version && version <= $0.last }.map { column in
      column.expression.map { "\($0) as \(column.name)" } ?? column.name
    }
    let from = source.isEmpty ? "" : " from pg_catalog.\(source)"
    return "select \(selected.joined(separator: ", "))\(from)\(rest.isEmpty ? "" : " " + rest)"
  }
}
