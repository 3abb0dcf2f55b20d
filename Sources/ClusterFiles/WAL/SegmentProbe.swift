import ByteReading
package import PostgresFormat

extension WALInventory {
  /// Settles version and segment size, and looks at the first page of every file, but for those in folders that have more
  /// than `probeLimit`. Files that a running server has removed or renamed since their folder was listed are left out.
  ///
  /// What the control file says goes before what the files say; without it, the first file decides that holds a page of a
  /// known version (one made ahead of time holds zeros, and says nothing). Returns false where nobody knows.
  @discardableResult
  package mutating func settleGeometry(
    version: ServerVersion? = nil, segmentSize: Int? = nil, systemIdentifier: UInt64? = nil,
    probeLimit: Int = WALInventory.probeLimit
  ) -> Bool {
    let probe = FirstPageProbe(storage: storage)
    if let version, let segmentSize {
      geometry = WALGeometry(version: version, segmentSize: segmentSize, systemIdentifier: systemIdentifier)
    }
    if geometry == nil {
      for file in files {
        guard let header = probe.firstPage(path(of: file)).header,
          let found = WALGeometry(firstPage: header, systemIdentifier: systemIdentifier),
          segmentSize == nil || segmentSize == found.segmentSize
        else { continue }
        geometry = found
        break
      }
    }
    guard let geometry else { return false }
    let perFolder = files.reduce(into: [Int](repeating: 0, count: folders.count)) { $0[Int($1.folder)] += 1 }
    var gone: Set<Int> = []
    for index in files.indices where perFolder[Int(files[index].folder)] <= probeLimit {
      let found = probe.firstPage(path(of: files[index]))
      files[index].size = found.size.map { UInt32(clamping: $0) }
      files[index].state = found.state(of: files[index].name, geometry: geometry)
      if files[index].state == .otherCluster, let long = found.header?.long {
        others.append(OtherSegment(name: files[index].name, systemIdentifier: long.systemIdentifier))
      }
      if files[index].state == .foreign, let codec = Codec.named(fileName(of: files[index])) {
        files[index].state = .packed
        let path = path(of: files[index])
        problems.append(WALProblem(path: path, error: FileError(path: path, reason: .packed(codec))))
      } else if found.error?.isMissing == true, storage.isGone(path(of: files[index])) {
        gone.insert(index)
      } else if let error = found.error {
        problems.append(WALProblem(path: path(of: files[index]), error: error))
      } else if [.foreign, .tooShort].contains(files[index].state)
        || (files[index].state == .otherCluster && others.count == 1)
      {
        problems.append(WALProblem(path: path(of: files[index]), state: files[index].state))
      }
    }
    if !gone.isEmpty { files = files.indices.filter { !gone.contains($0) }.map { files[$0] } }
    return true
  }

  /// What is the matter with the first file, where no file is readable.
  var exampleOfUnreadable: WALProblem {
    if let problem = problems.first { return problem }
    // All of them are gone by now.
    guard let file = files.first else { return WALProblem(path: folders.first?.path ?? "", state: .unreadable) }
    let page = FirstPageProbe(storage: storage).firstPage(path(of: file))
    if page.error == nil, let codec = Codec.named(fileName(of: file)) {
      return WALProblem(path: path(of: file), error: FileError(path: path(of: file), reason: .packed(codec)))
    }
    if let error = page.error { return WALProblem(path: path(of: file), error: error) }
    return WALProblem(path: path(of: file), state: page.isShort ? .tooShort : page.isZero ? .preallocated : .foreign)
  }
}

/// Opens files one after the other for their first bytes only.
private struct FirstPageProbe {
  let storage: any ClusterStorage

  struct FirstPage {
    var size: Int?
    var header: PageHeader?
    var isZero = false
    var isShort = false
    var error: FileError?

    func state(of name: SegmentName, geometry: WALGeometry) -> SegmentState {
      if let error {
        switch error.reason {
        case .notRegularFile: return .notRegular
        case .packed: return .packed
        default: return .unreadable
        }
      }
      if isShort { return .tooShort }
      if isZero { return .preallocated }
      guard let header, header.magic == geometry.version.pageMagic, let number = name.number(size: geometry.segmentSize)
      else {
        return .foreign
      }
      let start = number.start(size: geometry.segmentSize)
      if header.address == start {
        guard header.timeline <= name.timeline else { return .recycled }
        let isOther = geometry.systemIdentifier.map { $0 != header.long?.systemIdentifier } ?? false
        return isOther && header.long != nil ? .otherCluster : .live
      }
      return header.objection(at: header.address, geometry: geometry) == nil ? .recycled : .foreign
    }
  }

  func firstPage(_ path: String) -> FirstPage {
    var size: Int?
    do throws(FileError) {
      let file = try storage.open(path)
      size = file.status.size
      var bytes: InlineArray<40, UInt8> = .init(repeating: 0)
      var span = bytes.mutableSpan
      var failure: FileError?
      // SAFETY: the buffer is the array's own 40 bytes, and no more are read than it has.
      let got = unsafe span.withUnsafeMutableBytes { buffer in
        do throws(FileError) { return try unsafe file.read(into: buffer, at: 0) } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      // SAFETY: bytes are bytes.
      return describe(unsafe bytes.span.bytes.extracting(0..<got), size: file.status.size, path: path)
    } catch {
      return FirstPage(size: size, error: error)
    }
  }

  private func describe(_ bytes: RawSpan, size: Int, path: String) -> FirstPage {
    let head = (try? bytes.bytes(at: 0, count: min(Codec.headLength, bytes.byteCount), field: "magic")) ?? []
    return Codec.mayHavePacked(head) ? unpackedFirstPage(path, size: size) : Self.page(bytes, size: size)
  }

  private static func page(_ bytes: RawSpan, size: Int) -> FirstPage {
    var isZero = bytes.byteCount == PageHeader.longSize
    // SAFETY: the index is one of the span's own offsets, and any bit pattern is a byte.
    for index in bytes.byteOffsets where unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != 0 {
      isZero = false
    }
    return FirstPage(
      size: size, header: try? PageHeader(bytes), isZero: isZero, isShort: bytes.byteCount < PageHeader.longSize)
  }

  private func unpackedFirstPage(_ path: String, size: Int) -> FirstPage {
    do throws(FileError) {
      var reader = try SegmentReader(path: path, in: storage)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: PageHeader.longSize, alignment: 8)
      // SAFETY: the buffer was allocated above and is used by nobody else.
      defer { unsafe buffer.deallocate() }
      let got = try unsafe reader.read(into: buffer, from: 0)
      if got < PageHeader.longSize, reader.isDamaged, let words = reader.failure {
        return FirstPage(size: size, error: FileError(path: path, reason: .unpacking(words)))
      }
      // SAFETY: `got` bytes of the buffer were written.
      return unsafe Self.page(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(buffer)).extracting(0..<got), size: size)
    } catch {
      return FirstPage(size: size, error: error)
    }
  }
}
