"""Invented names, and towns, of many cultures.

A name consists of a first and a last name of one culture, drawn independently. Any likeness to a living person is
chance.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Names that are usual together, and towns where they are frequent."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    last: tuple[str, ...]
    towns: tuple[str, ...]


def _culture(women: str, men: str, last: str, towns: str) -> Culture:
    return Culture(tuple(women.split()), tuple(men.split()), tuple(last.split()), tuple(towns.split("; ")))


CULTURES = (
    _culture(
        "Emma Olivia Charlotte Hannah Megan Lucy Abigail Eleanor",
        "Jack Oliver Harry George Thomas Samuel Edward Callum",
        "Smith Taylor Walker Hughes Bennett Foster Clarke Murray",
        "London, UK; Manchester, UK; Austin, USA; Seattle, USA; Toronto, Canada; Melbourne, Australia; Dublin, Ireland",
    ),
    _culture(
        "Anna Lena Katharina Johanna Greta Frieda Sabine Ulrike",
        "Lukas Felix Jonas Matthias Stefan Jürgen Niklas Florian",
        "Müller Schneider Weber Hoffmann Krüger Zimmermann Vogel Brandt",
        "Berlin, Germany; Hamburg, Germany; Munich, Germany; Vienna, Austria; Zürich, Switzerland",
    ),
    _culture(
        "Camille Chloé Manon Aurélie Élodie Margaux Clémence Amélie",
        "Antoine Julien Mathieu Guillaume Étienne Rémi Baptiste Olivier",
        "Dubois Lefèvre Moreau Girard Bonnet Rousseau Fontaine Mercier",
        "Paris, France; Lyon, France; Nantes, France; Montréal, Canada; Brussels, Belgium",
    ),
    _culture(
        "Sofía Lucía Valentina Camila Isabel Ximena Paula Daniela",
        "Javier Diego Santiago Alejandro Mateo Andrés Pablo Sergio",
        "García Rodríguez Fernández Morales Castillo Herrera Navarro Vargas",
        "Madrid, Spain; Valencia, Spain; Bogotá, Colombia; Buenos Aires, Argentina; "
        "Ciudad de México, Mexico; Lima, Peru",
    ),
    _culture(
        "Ana Beatriz Mariana Letícia Gabriela Inês Fernanda Luísa",
        "João Pedro Rafael Thiago Gustavo Tiago Bruno Henrique",
        "Silva Santos Oliveira Pereira Almeida Carvalho Ribeiro Teixeira",
        "São Paulo, Brazil; Recife, Brazil; Lisbon, Portugal; Porto, Portugal",
    ),
    _culture(
        "Olga Natalia Katarzyna Agnieszka Oksana Zuzana Iryna Magdalena",
        "Dmytro Piotr Paweł Andrii Tomáš Marek Oleksandr Krzysztof",
        "Kowalski Nowak Shevchenko Novák Bondarenko Wójcik Dvořák Kravets",
        "Warsaw, Poland; Kraków, Poland; Kyiv, Ukraine; Prague, Czechia; Brno, Czechia",
    ),
    _culture(
        "Fatima Aisha Layla Yasmin Mariam Noor Zainab Salma",
        "Mohammed Ahmed Omar Youssef Khalid Tariq Karim Hassan",
        "Hussein Mansour Haddad Khalil Farouk Nasser Saleh Benali",
        "Cairo, Egypt; Casablanca, Morocco; Amman, Jordan; Dubai, UAE; Tunis, Tunisia",
    ),
    _culture(
        "Priya Ananya Kavya Deepika Meera Lakshmi Shreya Nandini",
        "Arjun Rohan Vikram Rahul Aditya Sanjay Karthik Suresh",
        "Sharma Patel Iyer Reddy Gupta Banerjee Nair Deshmukh",
        "Bengaluru, India; Pune, India; Chennai, India; Hyderabad, India; Colombo, Sri Lanka",
    ),
    _culture(
        "Wei Xiaoling Meiling Jing Yanfei Lihua Qiuyu Shuang",
        "Haoran Zhiwei Jianguo Minghao Yichen Bowen Guowei Zixuan",
        "Zhang Wang Chen Huang Zhao Zhou Lin Xu",
        "Shanghai, China; Shenzhen, China; Taipei, Taiwan; Singapore; Hong Kong",
    ),
    _culture(
        "Yuki Sakura Haruka Aiko Ji-woo Seo-yeon Minji Naoko",
        "Hiroshi Kenji Takashi Daiki Min-jun Hyun-woo Kazuki Satoshi",
        "Tanaka Suzuki Yamamoto Kobayashi Kim Park Choi Watanabe",
        "Tokyo, Japan; Osaka, Japan; Seoul, South Korea; Busan, South Korea",
    ),
    _culture(
        "Chioma Ngozi Amara Wanjiru Thandiwe Abena Zanele Akinyi",
        "Chinedu Kwame Tunde Kamau Sipho Emeka Kofi Otieno",
        "Okafor Adeyemi Mensah Mwangi Dlamini Nkosi Boateng Ochieng",
        "Lagos, Nigeria; Nairobi, Kenya; Accra, Ghana; Cape Town, South Africa; Kigali, Rwanda",
    ),
    _culture(
        "Linh Thảo Siti Dewi Ayu Malai Nurul Hương",
        "Minh Tuấn Budi Agus Rizal Somchai Hùng Bayu",
        "Nguyễn Trần Wijaya Santoso Rahman Srisai Phạm Hidayat",
        "Hanoi, Vietnam; Ho Chi Minh City, Vietnam; Jakarta, Indonesia; Bangkok, Thailand; Kuala Lumpur, Malaysia",
    ),
    _culture(
        "Ingrid Astrid Freja Elin Sanna Aino Solveig Maja",
        "Erik Lars Mikkel Anders Juhani Henrik Sven Eino",
        "Johansson Nielsen Virtanen Hansen Lindqvist Korhonen Berg Sørensen",
        "Stockholm, Sweden; Copenhagen, Denmark; Helsinki, Finland; Oslo, Norway; Tartu, Estonia",
    ),
    _culture(
        "Elif Zeynep Ayşe Leyla Shirin Parisa Nino Ani",
        "Mehmet Emre Can Reza Dariush Giorgi Armen Murat",
        "Yılmaz Demir Kaya Hosseini Karimi Beridze Sargsyan Öztürk",
        "Istanbul, Turkey; Ankara, Turkey; Tehran, Iran; Tbilisi, Georgia; Yerevan, Armenia",
    ),
)
TOWNS = tuple(town for culture in CULTURES for town in culture.towns)
