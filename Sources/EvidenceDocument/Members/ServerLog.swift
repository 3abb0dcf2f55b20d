import Evidence

// A server's own log.

extension ServerLogEvidence: DocumentObject {
  static var blank: Self { ServerLogEvidence() }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("paths", &paths)
    try members.required("lives", &lives)
    try members.required("problems", &problems)
  }
}

extension PostmasterLife: DocumentObject {
  static var blank: Self { PostmasterLife(processID: 0, start: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("process_id", &processID)
    try members.required("start", &start)
    try members.optional("end", &end)
    try members.required("last", &last)
    try members.required("events", &events)
    try members.required("is_whole", &isWhole)
  }
}

extension LogPlace: DocumentObject {
  static var blank: Self { LogPlace(path: "", line: 0, time: nil) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("path", &path)
    try members.required("line", &line)
    try members.optional("time", &time)
  }
}

extension LogEvent: DocumentObject {
  static var blank: Self { LogEvent(.removed, at: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("kind", &kind)
    try members.required("place", &place)
    try members.optional("name", &name)
    try members.optional("value", &value)
    try members.optional("time", &time)
  }
}
