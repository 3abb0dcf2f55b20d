internal import ByteReading

/// A C structure as PostgreSQL declares it, for all major versions at once: its fields in the order of their bytes, each
/// with the versions that have it.
///
/// Offsets are not written down but computed as a C compiler for a 64-bit machine places fields: each at the next
/// multiple of its alignment. Meant for structures that are read once per file; page and record headers have constants.
package struct CStructure: Sendable {
  /// What a field is: its size and alignment in bytes.
  package indirect enum FieldType: Sendable {
    case bool, u16, u32, u64
    /// A pointer of the server's memory that was written along; it means nothing here.
    case pointer
    /// Single bytes: `NameData`, `char[n]`.
    case bytes(Int)
    case structure(CStructure)
  }

  /// A member of the structure with the versions that have it; one whose type changed is two members.
  package struct Member: Sendable {
    /// The name in C, as in `restart_lsn`; a second member made of the first by a wider type has a name of its own.
    package var name: StaticString
    /// Its C type: an enum is `u32`, an XLogRecPtr `u64`.
    package var type: FieldType
    /// The first version that has the field; nil: all.
    package var since: ServerVersion?
    /// The last version that has the field; nil: all.
    package var until: ServerVersion?

    /// From `since` to `until`, both included; nil leaves that end open.
    package init(_ name: StaticString, _ type: FieldType, since: ServerVersion? = nil, until: ServerVersion? = nil) {
      (self.name, self.type, self.since, self.until) = (name, type, since, until)
    }

    /// Whether `version` has the field.
    package func exists(in version: ServerVersion) -> Bool {
      version >= since ?? version && version <= until ?? version
    }
  }

  /// The name of the type in C, as in `ControlFileData`.
  package var name: StaticString
  /// The members in the order of their bytes, those of all versions.
  package var members: [Member]

  /// Offsets are not computed before a version asks for them.
  package init(_ name: StaticString, _ members: [any StructureMember]) {
    (self.name, self.members) = (name, members.map(\.member))
  }

  /// Where `version` places the fields.
  package func layout(for version: ServerVersion) -> CLayout {
    var layout = CLayout(version: version, declared: Set(members.map { "\($0.name)" }))
    for field in members where field.exists(in: version) {
      let (size, alignment) = field.type.extent(in: version)
      let offset = layout.size.roundedUp(toMultipleOf: alignment)
      layout.places["\(field.name)"] = CLayout.Place(offset: offset, size: size, name: field.name)
      layout.size = offset + size
      layout.alignment = max(layout.alignment, alignment)
    }
    layout.size = layout.size.roundedUp(toMultipleOf: layout.alignment)
    return layout
  }

  /// The layouts of all versions, for structures that many files have.
  package var layouts: [ServerVersion: CLayout] {
    Dictionary(uniqueKeysWithValues: ServerVersion.allCases.map { ($0, layout(for: $0)) })
  }
}

/// What a structure lists: a ``Field``, a ``VersionedField``, or a ``CStructure/Member`` that nobody reads.
package protocol StructureMember: Sendable {
  /// Name, C type and versions.
  var member: CStructure.Member { get }
}

extension CStructure.Member: StructureMember {
  /// Itself.
  package var member: CStructure.Member { self }
}

/// The offsets of one version's structure, in bytes from its start.
package struct CLayout: Sendable {
  /// Where one member is.
  package struct Place: Sendable {
    /// Bytes from the start of the structure.
    package var offset: Int
    /// Bytes, without padding after the member.
    package var size: Int
    /// The member's name in C, for errors.
    package var name: StaticString
  }

  /// The version whose server writes this layout.
  package let version: ServerVersion
  /// By the member's name; those that the version lacks are missing.
  package fileprivate(set) var places: [String: Place] = [:]
  /// `sizeof`: with the padding at the end.
  package fileprivate(set) var size = 0
  /// Bytes: that of the widest member; 8 or less.
  package fileprivate(set) var alignment = 1
  private let declared: Set<String>

  fileprivate init(version: ServerVersion, declared: Set<String>) {
    (self.version, self.declared) = (version, declared)
  }

  /// The place of a field that every version has. The structure must list it.
  package func place<Value>(of field: Field<Value>) -> Place {
    guard let place = place(named: "\(field.member.name)") else {
      preconditionFailure("not every version has a field \(field.member.name)")
    }
    return place
  }

  /// The place of a field, nil where this version lacks it.
  package func place<Value>(of field: VersionedField<Value>) -> Place? { place(named: "\(field.member.name)") }

  /// The place of the field with this name in C, nil where this version lacks it. Asking for a field that no version has is
  /// a programmer's mistake.
  package func place(named field: String) -> Place? {
    precondition(declared.contains(field), "no version has a field \(field)")
    return places[field]
  }
}

extension CStructure.FieldType {
  func extent(in version: ServerVersion) -> (size: Int, alignment: Int) {
    switch self {
    case .bool: return (1, 1)
    case .u16: return (2, 2)
    case .u32: return (4, 4)
    case .u64, .pointer: return (8, 8)
    case .bytes(let count): return (count, 1)
    case .structure(let inner):
      let layout = inner.layout(for: version)
      return (layout.size, layout.alignment)
    }
  }
}

extension Int {
  /// The next multiple of a small power of two. For offsets inside structures, far from overflow.
  func roundedUp(toMultipleOf alignment: Int) -> Int { (self + alignment - 1) / alignment * alignment }
}
