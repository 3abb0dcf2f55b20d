import ByteReading
import Evidence
import PostgresFormat

/// A value that a document can hold, and how JSON has it.
protocol DocumentValue {
  associatedtype Form: Decodable

  /// nil where this is no such value.
  init?(form: Form)
  func write(to writer: DocumentWriter) throws

  /// With an article, for the sentence about something that is none: "an LSN".
  static var kind: String { get }
}

// MARK: As they are

extension DocumentValue where Form == Self {
  init?(form: Self) { self = form }
  static var kind: String { "a value of this type" }
}

extension DocumentValue where Self: BinaryInteger {
  func write(to writer: DocumentWriter) { writer.add(String(self)) }
}

extension Bool: DocumentValue {
  typealias Form = Self
  func write(to writer: DocumentWriter) { writer.add(self ? "true" : "false") }
}
extension String: Blank, DocumentValue {
  typealias Form = Self
  func write(to writer: DocumentWriter) { writer.string(self) }
  static var blank: String { "" }
}
extension Int: DocumentValue { typealias Form = Self }
extension Int32: DocumentValue { typealias Form = Self }
extension Int64: DocumentValue { typealias Form = Self }
extension UInt8: DocumentValue { typealias Form = Self }
extension UInt16: DocumentValue { typealias Form = Self }
extension UInt32: DocumentValue { typealias Form = Self }
extension UInt64: DocumentValue { typealias Form = Self }

extension Array: DocumentValue where Element: DocumentValue {
  init?(form: ListForm<Element>) { self = form.elements }
  func write(to writer: DocumentWriter) throws {
    try writer.group("[", "]") {
      for element in self {
        writer.element()
        try element.write(to: writer)
      }
    }
  }
  static var kind: String { "a list" }
}

/// A list, sorted: equal evidence gives equal bytes.
extension Set<String>: DocumentValue {
  init?(form: [String]) { self = Set(form) }
  func write(to writer: DocumentWriter) throws { try sorted().write(to: writer) }
  static var kind: String { "a list" }
}

// MARK: By the number or word that stands for them

extension DocumentValue where Self: RawRepresentable, RawValue: DocumentValue, RawValue.Form == RawValue {
  init?(form: RawValue) { self.init(rawValue: form) }
  func write(to writer: DocumentWriter) throws { try rawValue.write(to: writer) }
  static var kind: String { "a value that is known here" }
}

extension TimelineID: Blank, DocumentValue { static var blank: Self { Self(0) } }
extension TransactionID: DocumentValue {}
extension FullTransactionID: Blank, DocumentValue { static var blank: Self { Self(rawValue: 0) } }
extension OID: DocumentValue {}
extension SegmentNumber: Blank, DocumentValue { static var blank: Self { Self(0) } }

extension Origin.Kind: DocumentValue {}
extension Evidence.Role: DocumentValue {}
extension FormatError.Code: DocumentValue {}
extension ClusterState: DocumentValue {}
extension SlotState.Persistency: DocumentValue {}
extension SlotState.Invalidation: DocumentValue {}
extension SlotLeftover.Kind: DocumentValue {}
extension SettingAssignment.Origin: DocumentValue {}
extension WALStop.Reason: DocumentValue {}
extension TimelineChange.Kind: DocumentValue {}
extension DatabaseBody.Operation: DocumentValue {}
extension LogEvent.Kind: DocumentValue {}

// MARK: As text

/// PostgreSQL's form: a number would be rounded by JSON readers beyond 2^53.
extension LSN: DocumentValue {
  init?(form: String) { self.init(form) }
  func write(to writer: DocumentWriter) { writer.string(description) }
  static var kind: String { "an LSN" }
}

/// The name: `"9.6"` or `"17"`.
extension ServerVersion: DocumentValue {
  init?(form: String) { self.init(name: form) }
  func write(to writer: DocumentWriter) { writer.string(name) }
  static var kind: String { "a supported PostgreSQL version" }
}

extension Timestamp: Blank, DocumentValue {
  static var blank: Timestamp { Timestamp(unixMicroseconds: 0) }

  /// RFC 3339 in UTC for the years 1 to 9999, else microseconds since 1970, as text could not be read again.
  enum Form: Decodable, CustomStringConvertible {
    case text(String)
    case microseconds(Int64)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      do { self = .text(try container.decode(String.self)) } catch {
        self = .microseconds(try container.decode(Int64.self))
      }
    }

    var description: String {
      switch self {
      case .text(let text): text
      case .microseconds(let number): String(number)
      }
    }
  }

  init?(form: Form) {
    switch form {
    case .text(let text): self.init(text)
    case .microseconds(let number): self.init(unixMicroseconds: number)
    }
  }

  func write(to writer: DocumentWriter) {
    let calendar: Range<Int64> = -62_135_596_800_000_000..<253_402_300_800_000_000
    if calendar.contains(unixMicroseconds) {
      writer.string(description)
    } else {
      unixMicroseconds.write(to: writer)
    }
  }

  static var kind: String { "a time" }
}

// MARK: One of several objects

/// An object whose one member says which cause it is.
extension Problem.Cause: DocumentValue {
  struct Alternatives: DocumentObject {
    var format: FormatFault?
    var file: FileFault?
    var other: OtherFault?

    static var blank: Self { Self() }

    mutating func exchange(_ members: inout Members) throws {
      try members.optional("format", &format)
      try members.optional("file", &file)
      try members.optional("other", &other)
    }
  }

  struct FormatFault: DocumentObject {
    var error: FormatError

    static var blank: Self { Self(error: .blank) }

    mutating func exchange(_ members: inout Members) throws { try members.required("error", &error) }
  }

  struct FileFault: DocumentObject {
    var errno: Int32
    var message: String

    static var blank: Self { Self(errno: 0, message: "") }

    mutating func exchange(_ members: inout Members) throws {
      try members.required("errno", &errno)
      try members.required("message", &message)
    }
  }

  struct OtherFault: DocumentObject {
    var code: String
    var message: String

    static var blank: Self { Self(code: "", message: "") }

    mutating func exchange(_ members: inout Members) throws {
      try members.required("code", &code)
      try members.required("message", &message)
    }
  }

  init?(form: ObjectForm<Alternatives>) {
    let alternatives = form.value
    if let format = alternatives.format {
      self = .format(format.error)
    } else if let file = alternatives.file {
      self = .file(errno: file.errno, message: file.message)
    } else if let other = alternatives.other {
      self = .other(code: other.code, message: other.message)
    } else {
      return nil
    }
  }

  func write(to writer: DocumentWriter) throws {
    var alternatives = Alternatives()
    switch self {
    case .format(let error): alternatives.format = FormatFault(error: error)
    case .file(let errno, let message): alternatives.file = FileFault(errno: errno, message: message)
    case .other(let code, let message): alternatives.other = OtherFault(code: code, message: message)
    }
    try alternatives.write(to: writer)
  }

  static var kind: String { "a cause that is known here" }
}
