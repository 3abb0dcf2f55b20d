import ByteReading
import Evidence

// What a node is, and what could not be read of it.

extension Evidence: DocumentObject {
  static var blank: Self { Evidence(origin: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("origin", &origin)
    try members.optional("version", &version)
    try members.optional("version_file", &versionFile)
    try members.optional("control", &control)
    try members.required("slots", &slots)
    try members.required("slot_leftovers", &slotLeftovers)
    try members.required("timelines", &timelines)
    try members.required("wal", &wal)
    try members.required("stretches", &stretches)
    try members.required("databases", &databases)
    try members.required("tablespaces", &tablespaces)
    try members.optional("tablespace_links", &tablespaceLinks)
    try members.required("subscriptions", &subscriptions)
    try members.optional("subscribed_tables", &subscribedTables)
    try members.optional("publications", &publications)
    try members.required("origins", &origins)
    try members.required("prepared_transactions", &preparedTransactions)
    try members.required("snapshots", &snapshots)
    try members.optional("logical_files", &logicalFiles)
    try members.required("settings", &settings)
    try members.required("start_files", &startFiles)
    try members.optional("server", &server)
    try members.optional("server_log", &serverLog)
    try members.required("problems", &problems)
  }
}

extension Origin: DocumentObject {
  static var blank: Self { Origin(kind: .dataDirectory, source: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("kind", &kind)
    try members.required("source", &source)
    try members.optional("host", &host)
    try members.optional("gathered_at", &gatheredAt)
    try members.optional("place", &place)
  }
}

extension Origin.Place: DocumentObject {
  static var blank: Self { Origin.Place(machine: "", directory: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("machine", &machine)
    try members.required("directory", &directory)
  }
}

extension Located: Blank, DocumentValue, DocumentObject where Value: Blank & DocumentValue {
  static var blank: Self { Located(.blank, path: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("path", &path)
    try members.required("value", &value)
    try members.optional("modified_at", &modifiedAt)
  }
}

extension Problem: DocumentObject {
  static var blank: Self { Problem(subject: "", path: "", cause: .other(code: "", message: "")) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("subject", &subject)
    try members.required("path", &path)
    try members.required("cause", &cause)
  }
}

extension FormatError: DocumentObject {
  static var blank: Self { FormatError(.badValue, at: 0, field: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("code", &code)
    try members.required("offset", &offset)
    try members.required("field", &field)
    try members.optional("expected", &expected)
    try members.optional("found", &found)
  }
}
