"""The operations that a served graph may hold, and why each other operation of TensorFlow is refused.

A SavedModel is a program. Its graph may hold operations that compute, and those that hold weights and vocabularies.
TensorFlow's own mark "stateless" does not decide: operations that read files or call Python carry it too.
"""

import re
from collections.abc import Iterable
from functools import cache

from .computing_operations import COMPUTING
from .kinds import kind_of

# The functions that save and restore a checkpoint use these operations. Only a SavedModel's own saver may call them.
CHECKPOINT = frozenset({"DisableCopyOnRead", "MergeV2Checkpoints", "RestoreV2", "SaveV2", "ShardedFilename"})
# What the operations of each refused family do, and a pattern of their names. The first that matches counts.
REFUSED = {
    "is internal to TensorFlow": r"_.*|HostConst|Risc.*|MlirPassthroughOp|QuantizedConcatV2|Fact|FakeQueue",
    "calls Python": r"(Eager)?PyFunc.*",
    "ends the process": r"Abort",
    "reads or writes files": r"ReadFile|WriteFile|MatchingFiles|ImmutableConst|(Save|Restore)(V2|Slices?)?|FileSystem.*"
    r"|MergeV2Checkpoints|DisableCopyOnRead|DistributedSave|ShardedFile(name|spec)|.*Reader(V2)?|Reader.*|RecordInput"
    r"|LoadAndRemapMatrix|GenerateVocabRemapping|DecodeProtoV2|EncodeProto|Skipgram|InitializeTableFromTextFile",
    "needs a TPU": r".*TPU.*|Tpu.*|Infeed.*|Outfeed.*|Prelinearize.*|AllToAll|CrossReplicaSum|CollectivePermute"
    r"|WorkerHeartbeat|GetTpuTaskId|UpdateTaskId.*|.*Dedup.*|.*SparseCore.*|GetMinibatch.*|StoreMinibatch.*"
    r"|GlobalIterId|MakeUnique|TopK(Unique|WithUnique)|KthOrderStatistic|ConvertToCooTensor",
    "calls another compiler": r".*Xla.*",
    "uses the network": r"Collective.*|Nccl.*|.*Rpc.*|Send|Recv|RemoteCall|DTensor.*|Relayout.*|CopyToMesh.*",
    "depends on the machine": r"Cudnn.*|SyncDevice|DeviceIndex|Timestamp",
    "iterates over a dataset": r".*Dataset.*|.*Iterator.*|.*MemoryCache|.*SeedGenerator|.*StatsAggregator.*"
    r"|.*ThreadPoolHandle|DummyIterationCounter|(Unc|C)ompressElement|GetElementAtIndex|GetOptions"
    r"|CheckPinned|ComputeBatchSize|WindowOp",
    "belongs to training": r"(Resource)?(Sparse)?Apply.*|.*BoostedTrees.*|Sdca.*|NegTrain|.*CandidateSampler"
    r"|ComputeAccidentalHits",
    "prints or logs": r"Print.*|.*Summary.*|ImportEvent|Debug.*|Copy(Host)?|DumpTensor|CustomAggregator|Calibration.*",
    "keeps values for later requests": r"(Batch|Unbatch)(Function|Grad)?|.*Queue.*|.*Stage.*|.*Unstage.*|Stack.*"
    r"|(Ordered)?Map(Clear|Peek|Size|IncompleteSize)|Barrier.*|.*Accumulator.*|TensorArray.*|.*SessionHandle.*"
    r"|.*SessionTensor|.*SparseToTensorsMap|TakeManySparseFromTensorsMap|.*Mutex.*|Empty|DeepCopy",
    "answers differently each time": r"Random.*|Multinomial|ParameterizedTruncatedNormal|TruncatedNormal"
    r"|Stateful(Random|Standard|Truncated|Uniform).*|NonDeterministicInts|Rng.*|SampleDistortedBoundingBox.*",
    "decodes or encodes pictures or sound": r"Decode(AndCropJpeg|Bmp|Gif|Image|Jpeg|Jxl|Png|Wav|WebP)|ExtractJpegShape"
    r"|Encode(Jpeg|JpegVariableQuality|Png|Wav)",
    "changes weights or tables": r"Assign.*|.*Scatter.*|(Resource)?CountUpTo|Destroy.*|.*Variable(V2)?|Inplace.*|Ref.*"
    r"|.*StridedSliceAssign|IsVariableInitialized|.*HashTable.*|LookupTable.*|InitializeTable",
}
UNKNOWN = "is not in the list of textlab"


@cache
def computing_operations() -> frozenset[str]:
    """The names of the operations that every graph may hold."""
    return frozenset(name for names in COMPUTING.values() for name in names.split())


def allowed_operations(inputs: Iterable[str]) -> frozenset[str]:
    """The names of the operations that a graph with these inputs may hold: some kinds need operations of their own."""
    return computing_operations().union(*(kind_of(name).operations for name in inputs))


def reason_against(operation: str) -> str:
    """Say what an operation that is not allowed does, such as "calls Python"."""
    return next((reason for reason, pattern in REFUSED.items() if re.fullmatch(pattern, operation)), UNKNOWN)
