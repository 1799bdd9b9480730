package iflow

import groovy.json.JsonOutput
import groovy.json.JsonParserType
import groovy.json.JsonSlurper
import groovy.transform.CompileStatic
import java.util.concurrent.BlockingQueue
import java.util.concurrent.LinkedBlockingQueue

/** One message of the protocol: a JSON object, and bytes beside it. */
@CompileStatic
class Frame {
    Map<String, Object> header
    byte[] body
}

/**
 * Frames in and out. Each is the length of a JSON object in UTF-8, that object, the length of the bytes beside
 * it or -1 for none, and those bytes; lengths have four bytes, the highest first.
 */
@CompileStatic
class Wire {
    static final int OUT_OF_MEMORY = 70
    static final int BROKEN = 71

    final BlockingQueue<Frame> answers = new LinkedBlockingQueue<Frame>()
    private final DataInputStream source
    private final DataOutputStream sink
    private final JsonSlurper slurper = new JsonSlurper(type: JsonParserType.CHAR_BUFFER)

    Wire(InputStream source, OutputStream sink) {
        this.source = new DataInputStream(new BufferedInputStream(source, 65536))
        this.sink = new DataOutputStream(new BufferedOutputStream(sink, 65536))
    }

    /** The next frame, null at the end of the input. */
    Frame read() {
        int length
        try {
            length = source.readInt()
        } catch (EOFException ignored) {
            return null
        }
        byte[] header = new byte[length]
        source.readFully(header)
        int beside = source.readInt()
        byte[] body = beside < 0 ? null : new byte[beside]
        if (body != null) { source.readFully(body) }
        new Frame(header: (Map<String, Object>) slurper.parseText(new String(header, 'UTF-8')), body: body)
    }

    synchronized void write(Map<String, Object> header, byte[] body) {
        byte[] text = JsonOutput.toJson(header).getBytes('UTF-8')
        sink.writeInt(text.length)
        sink.write(text)
        sink.writeInt(body == null ? -1 : body.length)
        if (body != null) { sink.write(body) }
        sink.flush()
    }
}

/** What scripts print: the beginning is kept, the rest is counted. */
@CompileStatic
class Output extends OutputStream {
    static final int KEPT = 64 * 1024

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream()
    private long written

    synchronized void write(int each) { write([(byte) each] as byte[], 0, 1) }

    synchronized void write(byte[] data, int start, int length) {
        written += length
        int room = Math.min(length, KEPT - kept.size())
        if (room > 0) { kept.write(data, start, room) }
    }

    /** What was printed since the last time, and how many bytes were left out. */
    synchronized Map<String, Object> take() {
        Map<String, Object> taken = [text: (Object) kept.toString('UTF-8'), left_out: (Object) (written - kept.size())]
        kept.reset()
        written = 0
        taken
    }
}
