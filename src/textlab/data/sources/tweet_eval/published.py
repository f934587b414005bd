"""The published facts of TweetEval: classes, sizes of splits, checksums, and the scores of published models."""

from textlab.data.benchmark import Benchmark

# The names are not read from mapping.txt, because "offensive" was once published with its classes swapped.
LABEL_NAMES = {
    "emoji": (
        *("red_heart", "smiling_face_with_hearteyes", "face_with_tears_of_joy", "two_hearts", "fire"),
        *("smiling_face_with_smiling_eyes", "smiling_face_with_sunglasses", "sparkles", "blue_heart"),
        *("face_blowing_a_kiss", "camera", "United_States", "sun", "purple_heart", "winking_face", "hundred_points"),
        *("beaming_face_with_smiling_eyes", "Christmas_tree", "camera_with_flash", "winking_face_with_tongue"),
    ),
    "emotion": ("anger", "joy", "optimism", "sadness"),
    "hate": ("not-hate", "hate"),
    "irony": ("non_irony", "irony"),
    "offensive": ("not-offensive", "offensive"),
    "sentiment": ("negative", "neutral", "positive"),
    "stance": ("none", "against", "favor"),
}

# The task "stance" is published in parts, one for each subject of the tweets.
PARTS = {"stance": ("abortion", "atheism", "climate", "feminist", "hillary")}

# Rows of training, validation and test in the paper's table 1.
SIZES = {
    "emoji": (45_000, 5_000, 50_000),
    "emotion": (3_257, 374, 1_421),
    "hate": (9_000, 1_000, 2_970),
    "irony": (2_862, 955, 784),
    "offensive": (11_916, 1_324, 860),
    "sentiment": (45_615, 2_000, 12_284),
    "stance": (2_620, 294, 1_249),
}

FILES = ("train_text.txt", "train_labels.txt", "val_text.txt", "val_labels.txt", "test_text.txt", "test_labels.txt")

# sha256 of the published files; those of emoji, hate and stance are unknown. The training files of "sentiment" exist in
# a second edition, rebuilt from the SemEval originals: the same rows in another order. The n-th checksums of texts and
# labels belong to the same edition.
CHECKSUMS: dict[str, dict[str, tuple[str, ...]]] = {
    "emotion": {
        "train_text.txt": ("2c62f67aeb3eac1aea0e5a9c3d0f4bc337992581f3f858061786a1fb4d79d95e",),
        "train_labels.txt": ("987e767d8679e18abdf7de37a6d2bcd0a40a296ddd704e8d515cf0e3033c8d9c",),
        "val_text.txt": ("e2e30c86b8cbb97944d6543aedc06eace3bb275cb2f381aba787b838b4f23ca5",),
        "val_labels.txt": ("313730630160b7e0a6b4235b800c76683f4aeeb72d094eb69646630cd5cfe338",),
        "test_text.txt": ("7e1070f5d3e3fcece5bc73680bff9981e90d8f7b2f1009bfe7a01d059d1c6091",),
        "test_labels.txt": ("245072348c711961785be6d395997f97cf7fcda3effeae7805664171dc75f913",),
    },
    "irony": {
        "train_text.txt": ("a888125a44f7dfaa25b026318748d0e62cc9a300d20f66eafd62011a19eaea23",),
        "train_labels.txt": ("fc69e6106c0f1f433a91536e08f83c71a391d7b219f7684d42f243a8089af77d",),
        "val_text.txt": ("8806cf3793e300a485cfae34892fc3a0a2f9a183deb06c750c6531515c83051e",),
        "val_labels.txt": ("ccf429f63b4e8d0e7f425ca09445f7c31f7cea8a1b7c283b015b117c4002fd07",),
        "test_text.txt": ("53103da934a7308eee82f05f2a9781a8ea3e88604fdc1e02d3101108505c64be",),
        "test_labels.txt": ("08e2095e1725e74907a380614c220204e356bb46e3e8c93deb74e83e5b15ab38",),
    },
    "offensive": {
        "train_text.txt": ("78a7a32e38b10af7d8970b008bf17f661c8d0a90dad145fa0fa6a944669650db",),
        "train_labels.txt": ("c0b7d6ebdaa4ebcf6fc557ef1e775d92eda160218a0e3b1dd48eb8234dc892a6",),
        "val_text.txt": ("816f36d180c35f15a5104838cb73856a0bef42043482fe738f3481b06242a55c",),
        "val_labels.txt": ("ed2deb776bd1c52fb8221fadd3360e32d9dfe46842d78053528126e46363a258",),
        "test_text.txt": ("25b08c3333c26190f1023961c4508ec9aab24d4722b1a3ea7a6040724c120547",),
        "test_labels.txt": ("41d05a7aa0b01f5dafab21b95adb4f979cb4226c046ff315702774d10dac1605",),
    },
    "sentiment": {
        "train_text.txt": (
            "368f01052ea6fd8ffc408a2a2e6ac9669e31542581a0396ef16591ea26eb98a6",
            "ea98bbfbf213230a2ac8d6927e1d96cea7ecf6fc8048a1b5baf46633bb2d4c32",
        ),
        "train_labels.txt": (
            "122bfb1732fb6995b0e5c5f726c0ba457c469c3b6e60513007ce5037f23e65d4",
            "eff90f126069f3d207926d493c728d006154440765829ec2e2ecfcb5db58cf67",
        ),
        "val_text.txt": ("e5b021e6fc45064c260b09814b803d8f56cada519c4d952d72f43d48a350a964",),
        "val_labels.txt": ("b4566926c72e2e4e2916c864def94e76c4cdde52446af2c7ba4fc2006e057e51",),
        "test_text.txt": ("09a93a55c63fd93f97485ef7302889d7edb4091cd49733aa37da094f0bfa0675",),
        "test_labels.txt": ("6afb4afe9374d1f983bcf9a7c79b108d0f37fdf020a83f30488309bed215db9d",),
    },
}

_PUBLISHED = {
    "BERTweet": (33.4, 79.3, 56.4, 82.1, 79.5, 73.4, 71.2),
    "TimeLMs-2021": (34.0, 80.2, 55.1, 64.5, 82.2, 73.7, 72.9),
    "RoBERTa-base, retrained": (31.4, 78.5, 52.3, 61.7, 80.5, 72.8, 69.3),
    "RoBERTa-base": (30.9, 76.1, 46.6, 59.7, 79.5, 71.3, 68.0),
    "RoBERTa, from tweets only": (29.3, 72.0, 49.9, 65.4, 77.1, 69.1, 66.7),
    "fastText": (25.8, 65.2, 50.6, 63.1, 73.4, 62.9, 65.4),
    "BiLSTM": (24.7, 66.0, 52.6, 62.8, 71.7, 58.3, 59.4),
    "SVM": (29.3, 64.7, 36.7, 61.7, 52.3, 62.9, 67.3),
}

# The measures are those of the benchmark's evaluation script.
BENCHMARK = Benchmark(
    name="TweetEval",
    source="the leaderboard of https://github.com/cardiffnlp/tweeteval, read in December 2026",
    overall="TE",
    measures={
        "tweet_eval/emoji": ("macro_f1",),
        "tweet_eval/emotion": ("macro_f1",),
        "tweet_eval/hate": ("macro_f1",),
        "tweet_eval/irony": ("f1_irony",),
        "tweet_eval/offensive": ("macro_f1",),
        "tweet_eval/sentiment": ("macro_recall",),
        "tweet_eval/stance": ("f1_against", "f1_favor"),
    },
    published={
        model: dict(zip((f"tweet_eval/{task}" for task in LABEL_NAMES), scores, strict=True))
        for model, scores in _PUBLISHED.items()
    },
)
