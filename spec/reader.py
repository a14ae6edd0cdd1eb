#!/usr/bin/env python3
"""Reads .cnnm files with Python's standard library and numpy, written from cnnm.md alone.

usage: python reader.py FILE...

Prints what is in each file and checks everything that cnnm.md demands. Exits with 1 and a line 'error: ...' for a file that is not valid."""
import dataclasses, hashlib, json, mmap, struct, sys, unicodedata
import numpy as np

MAGIC = b"\xa7CNNM\r\n\x1a"
PROLOGUE = 64
HEADER_LIMIT, DEPTH_LIMIT, NAME_LIMIT, AXES_LIMIT, SIZE_LIMIT = 2**27, 256, 1024, 8, 2**30
# bfloat16 is the upper half of a float32 and has no numpy type: these arrays are uint16; see as_float32.
DTYPES = {"float32": "<f4", "float16": "<f2", "bfloat16": "<u2", "float64": "<f8", "int8": "i1", "uint8": "u1", "int32": "<i4", "int64": "<i8"}
HEXADECIMAL = set("0123456789abcdef")
LAYOUTS = {"nc", "nwc", "ncw", "nhwc", "nchw", "ndhwc", "ncdhw"}
KERNEL_LAYOUTS = {"wio", "hwio", "dhwio", "oiw", "oihw", "oidhw", "woi", "hwoi", "dhwoi", "iow", "iohw", "iodhw", "io", "oi"}


class Invalid(Exception):
    """The file breaks a rule of cnnm.md."""


def require(condition, message):
    if not condition:
        raise Invalid(message)


@dataclasses.dataclass
class Model:
    """A file: its header as Python objects, and its tensors by name as read-only arrays over the mapped file."""

    header: dict
    tensors: dict

    name = property(lambda self: self.header["name"])
    inputs = property(lambda self: self.header["inputs"])
    outputs = property(lambda self: self.header["outputs"])
    nodes = property(lambda self: self.header["nodes"])

    def as_float32(self, name):
        """The values of a floating-point tensor, those of bfloat16 included."""
        entry = next(t for t in self.header["tensors"] if t["name"] == name)
        array = self.tensors[name]
        if entry["dtype"] == "bfloat16":
            return (array.astype(np.uint32) << 16).view(np.float32)
        return array.astype(np.float32)


def read(path, verify=True):
    """The model in the file at `path`. Without `verify` no page of a tensor is touched."""
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        require(size > 0, "the file is empty")
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    header_end = check_prologue(data)
    header = parse(data[PROLOGUE:header_end])
    check_header(header)
    gaps = check_places(header["tensors"], header_end, len(data))
    if verify:
        check_bytes(data, header["tensors"], gaps)
        check_fingerprints(header)
    else:
        check_bytes(data, [], gaps[:1])
    tensors = {}
    for t in header["tensors"]:
        count = int(np.prod(t["shape"], dtype=object)) if t["shape"] else 1
        tensors[t["name"]] = np.frombuffer(data, DTYPES[t["dtype"]], count, t["offset"]).reshape(t["shape"])
    return Model(header, tensors)


def check_prologue(data):
    require(data[:8] == MAGIC[: len(data)], "the first bytes are not those of a .cnnm file")
    require(len(data) >= PROLOGUE, f"the file has {len(data)} bytes, the prologue alone has {PROLOGUE}")
    field = lambda start, end: int.from_bytes(data[start:end], "little")
    require(field(8, 12) == 1, f"version {field(8, 12)} is not known")
    require(field(12, 16) == 0, "the reserved bytes are not zero")
    length, file_length = field(16, 24), field(24, 32)
    require(file_length == len(data), f"the file has {len(data)} bytes, {file_length} are stated")
    require(2 <= length <= HEADER_LIMIT and PROLOGUE + length <= len(data), f"a header of {length} bytes is not possible")
    require(hashlib.sha256(data[PROLOGUE : PROLOGUE + length]).digest() == data[32:64], "the header does not have its digest")
    return PROLOGUE + length


# JSON


def parse(text):
    require(text[:1] == b"{" and text.rstrip(b" ")[-1:] == b"}", "the header is not a JSON object followed by spaces")
    try:
        header = json.loads(
            text.decode("utf-8"), object_pairs_hook=members, parse_constant=refuse_constant, parse_float=number, parse_int=integer_or_number)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the header is not strict JSON: {error}") from None
    stack = [(header, 1)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, str):
            require(not any(0xD800 <= ord(c) < 0xE000 for c in value), "half a surrogate pair in a string")
        if isinstance(value, (dict, list)):
            require(depth <= DEPTH_LIMIT, f"more than {DEPTH_LIMIT} levels")
            stack += [(v, depth + 1) for v in (list(value.values()) + list(value) if isinstance(value, dict) else value)]
    return header


def same(name):
    """Equal for names that are the same name."""
    return unicodedata.normalize("NFC", name)


def members(pairs):
    require(len({same(key) for key, _ in pairs}) == len(pairs), f"a key repeats among {[key for key, _ in pairs]}"[:500])
    return dict(pairs)


def refuse_constant(text):
    raise Invalid(f"{text} is no JSON")


def number(text):
    value = float(text)
    require(abs(value) != float("inf"), f"the number {text[:50]} is too large")
    return value


def integer_or_number(text):
    if text == "-0" or len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        return number(text)
    return int(text)


# The header


def is_integer(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    return is_integer(value) or isinstance(value, float)


def array_of(check):
    return lambda value: isinstance(value, list) and all(map(check, value))


def is_text(value):
    return isinstance(value, str)


def is_name(value):
    return is_text(value) and 1 <= len(value.encode("utf-8", "surrogatepass")) <= NAME_LIMIT and "\0" not in value


def is_digest(value):
    return is_text(value) and len(value) == 64 and set(value) <= HEXADECIMAL


def is_attribute(value):
    if is_text(value):
        return len(value.encode("utf-8", "surrogatepass")) <= NAME_LIMIT
    return isinstance(value, bool) or is_number(value) or array_of(is_number)(value)


def is_object(value):
    return isinstance(value, dict)


def anything(value):
    return True


def check_members(value, where, required, optional={}):
    require(is_object(value), f"{where} is not an object")
    for key, check in required.items():
        require(key in value, f"{where} has no member '{key}'")
        require(check(value[key]), f"{where}: member '{key}' is {json.dumps(value[key])[:100]}, which is not allowed")
    for key, check in optional.items():
        require(key not in value or check(value[key]), f"{where}: member '{key}' is {json.dumps(value.get(key))[:100]}, which is not allowed")


def check_unique(names, what):
    seen = set()
    for name in names:
        require(same(name) not in seen, f"two {what} are called '{name}'")
        seen.add(same(name))
    return seen


is_size_or_null = lambda size: size is None or (is_integer(size) and 1 <= size <= SIZE_LIMIT)
is_list = lambda value: isinstance(value, list)
is_trial_shape = lambda value: array_of(lambda size: is_integer(size) and size >= 1)(value) and len(value) <= AXES_LIMIT
VALUE_TYPE = {
    "name": is_name,
    "shape": lambda value: array_of(is_size_or_null)(value) and len(value) <= AXES_LIMIT,
    "layout": lambda value: value is None or (is_text(value) and value in LAYOUTS),
    "dtype": lambda value: is_text(value) and value in DTYPES,
}
HEADER = dict(producer=is_object, name=is_text, inputs=is_list, outputs=is_list, nodes=is_list, tensors=is_list)
HEADER_OPTIONAL = dict(source=is_object, preprocessing=is_list, labels=array_of(is_text), fingerprints=anything, metadata=is_object)
NODE = dict(name=is_name, operator=is_text, inputs=array_of(is_name), outputs=array_of(is_name), attributes=is_object, weights=is_object)
TENSOR = dict(
    name=is_name, dtype=VALUE_TYPE["dtype"], shape=array_of(lambda size: is_integer(size) and size >= 1), layout=is_text, offset=is_integer,
    length=is_integer, sha256=is_digest)
PREPROCESSING = dict(input=is_name, channel_order=is_text, scale=array_of(is_number), offset=array_of(is_number))


def check_header(header):
    check_members(header, "the header", HEADER, HEADER_OPTIONAL)
    check_members(header["producer"], "producer", dict(name=is_text, version=is_text))
    if "source" in header:
        check_members(header["source"], "source", dict(framework=is_text), dict(version=is_text, file=is_text, sha256=is_digest))
    for key, text in header.get("metadata", {}).items():
        require(is_text(text), f"metadata '{key}' is not a string")
    weights = check_tensors(header["tensors"])
    check_graph(header, weights)
    for index, entry in enumerate(fingerprints(header) or []):
        require(is_list(entry) and len(entry) == 3, f"fingerprint {index} is not an array of three")
        shape, projection, digest = entry
        require(is_trial_shape(shape), f"fingerprint {index} has no shape")
        require(projection is None or is_number(projection), f"fingerprint {index} has no projection")
        require(is_text(digest) and len(digest) == 16 and set(digest) <= HEXADECIMAL, f"fingerprint {index} has no digest")
    inputs = {same(value["name"]) for value in header["inputs"]}
    for index, entry in enumerate(header.get("preprocessing", [])):
        check_members(entry, f"preprocessing {index}", PREPROCESSING)
        require(same(entry["input"]) in inputs, f"preprocessing {index} is for '{entry['input']}', which is no input")
        counts = {len(entry["scale"]), len(entry["offset"])}
        require(0 not in counts and len(counts - {1}) <= 1, f"preprocessing {index} has {counts} constants")


def check_tensors(tensors):
    for index, t in enumerate(tensors):
        check_members(t, f"tensor {index}", TENSOR, dict(derived=is_object))
        if "derived" in t:
            names = array_of(is_text)
            check_members(t["derived"], f"the derivation of tensor {index}", {"from": names, "by": names})
        where = f"tensor '{t['name']}'"
        rank = len(t["shape"])
        layout = t["layout"]
        require(rank <= AXES_LIMIT, f"{where} has {rank} axes")
        fits = rank == 1 if layout == "vector" else layout == "other" or (layout in KERNEL_LAYOUTS and rank == len(layout))
        require(fits, f"{where} of shape {t['shape']} cannot have the layout '{layout}'")
        count = 1
        for size in t["shape"]:
            count *= size
        require(t["length"] == count * np.dtype(DTYPES[t["dtype"]]).itemsize, f"{where} has a length of {t['length']}, which its shape does not make")
    return check_unique((t["name"] for t in tensors), "tensors")


def check_graph(header, weights):
    inputs, outputs, nodes = header["inputs"], header["outputs"], header["nodes"]
    require(inputs and outputs, "there is no input or no output")
    for kind, values, extra in ("input", inputs, {}), ("output", outputs, {"value": is_name}):
        for index, value in enumerate(values):
            check_members(value, f"{kind} {index}", VALUE_TYPE | extra)
            layout = value["layout"]
            require(layout is None or len(layout) == len(value["shape"]), f"{kind} '{value['name']}' does not have the rank of its layout")
    made = check_unique((value["name"] for value in inputs), "inputs")
    check_unique((value["name"] for value in outputs), "outputs")
    for index, node in enumerate(nodes):
        check_members(node, f"node {index}", NODE)
        where = f"node '{node['name']}'"
        for name in node["inputs"]:
            require(same(name) in made, f"{where} reads '{name}', which is not made before it")
        require(len(node["outputs"]) == 1, f"{where} makes {len(node['outputs'])} values")
        for name in node["outputs"]:
            require(same(name) not in made, f"{where} makes '{name}', which is there already")
            made.add(same(name))
        for key, value in node["attributes"].items():
            require(is_name(key) and is_attribute(value), f"{where}: attribute '{key}' is not allowed")
        for role, name in node["weights"].items():
            require(is_name(role) and is_name(name) and same(name) in weights, f"{where} reads the weight '{name}', which does not exist")
    check_unique((node["name"] for node in nodes), "nodes")
    for output in outputs:
        require(same(output["value"]) in made, f"output '{output['name']}' is '{output['value']}', which nothing makes")


# Tensors


def check_places(tensors, header_end, file_length):
    """The ranges that must be zero."""
    end, alignment, shared, gaps = header_end, 4096, {}, []
    for t in tensors:
        where = f"tensor '{t['name']}'"
        place = t["offset"], t["length"]
        if place in shared:
            require(shared[place] == t["sha256"], f"{where} shares bytes with a tensor of another digest")
            continue
        start = -(-end // alignment) * alignment
        require(t["offset"] == start, f"{where} is at {t['offset']}, its place is {start}")
        require(start + t["length"] <= file_length, f"{where} does not end within the file")
        gaps.append((end, start))
        end, alignment, shared[place] = start + t["length"], 64, t["sha256"]
    require(end == file_length, f"the file has {file_length} bytes, its contents {end}")
    return gaps


def check_bytes(data, tensors, gaps):
    view = memoryview(data)
    for start, end in gaps:
        require(not any(view[start:end]), f"a byte from {start} to {end} is not zero")
    checked = set()
    for t in tensors:
        if t["offset"] not in checked:
            checked.add(t["offset"])
            digest = hashlib.sha256(view[t["offset"] : t["offset"] + t["length"]]).hexdigest()
            require(digest == t["sha256"], f"tensor '{t['name']}' does not have its digest")


# Fingerprints: digests and shapes. Projections need the operators, which are not here.


def fingerprints(header):
    """Those of version 1, one for each node; None if there are none."""
    recorded = header.get("fingerprints")
    if not is_object(recorded) or not is_integer(recorded.get("version")) or recorded["version"] != 1:
        return None
    check_members(recorded, "fingerprints", dict(seed=is_integer, nodes=is_list), dict(inputs=array_of(is_trial_shape)))
    require(len(recorded["nodes"]) == len(header["nodes"]), f"there are {len(recorded['nodes'])} fingerprints for {len(header['nodes'])} nodes")
    return recorded["nodes"]


def check_fingerprints(header):
    tensors = {same(t["name"]): t for t in header["tensors"]}
    shapes = {}
    for node, (shape, _, digest) in zip(header["nodes"], fingerprints(header) or []):
        require(node_digest(node, tensors) == digest, f"node '{node['name']}' does not have its fingerprint")
        shapes[same(node["outputs"][0])] = shape
    for output in header["outputs"]:
        shape = shapes.get(same(output["value"]), output["shape"])
        fits = len(shape) == len(output["shape"]) and all(None in sizes or sizes[0] == sizes[1] for sizes in zip(shape, output["shape"]))
        require(fits, f"the fingerprint of output '{output['name']}' has the shape {shape}")


def node_digest(node, tensors):
    in_order = lambda object: sorted(object.items(), key=lambda member: member[0].encode())
    number = lambda value: struct.pack(">d", value).hex()
    fields = [node["operator"], len(node["attributes"])]
    for name, value in in_order(node["attributes"]):
        if isinstance(value, bool):
            fields += [name, "boolean", "true" if value else "false"]
        elif is_list(value):
            fields += [name, "numbers", ",".join(map(number, value))]
        else:
            fields += [name, "string", value] if is_text(value) else [name, "number", number(value)]
    fields += [len(node["inputs"]), *node["inputs"], len(node["weights"])]
    for role, name in in_order(node["weights"]):
        t = tensors[same(name)]
        fields += [role, t["dtype"], t["layout"], ",".join(map(str, t["shape"])), t["sha256"]]
    fields = [str(field).encode() for field in fields]
    return hashlib.sha256(b"".join(b"%d:%s" % (len(field), field) for field in fields)).hexdigest()[:16]


def show(path):
    model = read(path)
    shape = lambda sizes: "[" + ", ".join("?" if size is None else str(size) for size in sizes) + "]"
    print(f"{path}: {model.name}")
    for kind in "inputs", "outputs":
        for value in model.header[kind]:
            print(f"  {kind[:-1]} {value['name']}: {value['dtype']} {shape(value['shape'])} {value['layout'] or ''}".rstrip())
    for node in model.nodes:
        attributes = " ".join(f"{key}={json.dumps(value)}" for key, value in node["attributes"].items())
        print(f"  node {node['name']}: {node['operator']} {node['inputs']} -> {node['outputs']} {attributes} {node['weights'] or ''}".rstrip())
    for entry in model.header["tensors"]:
        array = model.tensors[entry["name"]]
        note = " (as uint16)" if entry["dtype"] == "bfloat16" else ""
        print(f"  tensor {entry['name']}: {entry['dtype']} {shape(array.shape)} {entry['layout']}{note}")


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if len(sys.argv) > 1 else 64
    status = 0
    for path in sys.argv[1:]:
        try:
            show(path)
        except (Invalid, OSError) as error:
            print(f"error: {path}: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
