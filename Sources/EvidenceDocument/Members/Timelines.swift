import PostgresFormat

// Timeline histories.

extension TimelineHistory: DocumentObject {
  static var blank: Self { TimelineHistory(timeline: .blank) }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("ancestors", &ancestors)
  }
}

extension TimelineHistory.Entry: DocumentObject {
  static var blank: Self { TimelineHistory.Entry(timeline: .blank, switchPoint: .none, reason: "") }

  mutating func exchange(_ members: inout Members) throws {
    try members.required("timeline", &timeline)
    try members.required("switch_point", &switchPoint)
    try members.required("reason", &reason)
  }
}
