"""The commonest function words of a language, by which short texts show their language."""

STOP_WORDS = {
    "English": "the and is was are were you your my this that these those it its of to for with have has had not but "
    "they their we our he she his her him what when which who will would can could should been be from there if or by "
    "about just all so do does did i'm don't it's as at than then how very some any out up only i a an on in no me",
    "French": "le la les un une des du de et est sont était pas ne je tu il elle nous vous ils elles mon ma mes ton ta "
    "son sa ses notre votre ce cette ces que qui quoi dans pour avec sur sans mais ou où donc très plus moins bien "
    "tout tous être avoir fait suis ai as avons ont à au aux en y c'est j'ai n'est qu'il d'un d'une l'on trop merci",
    "Spanish": "el la los las un una unos unas y es son era fue no ni que de del al en con por para sin sobre pero muy "
    "más menos mi tu su sus nos me te se lo le yo él ella ellos este esta esto eso como cuando donde porque qué cómo "
    "está están hay ser estar ha han he todo todos también ya si gracias",
    "German": "der die das den dem des ein eine einen einem einer und ist sind war waren nicht kein keine ich du er "
    "sie es wir ihr mich mir dich dir uns euch mein meine dein sein seine mit von zu zum zur auf für aus bei nach über "
    "unter aber oder wenn weil dass wie was wer wo auch noch nur sehr schon immer hat haben habe hatte wird werden im "
    "am an in so",
    "Italian": "il lo la gli le un una uno e è sono era non che di del della dei delle da dal dalla in nel nella con "
    "su per tra fra ma molto più meno mio mia tuo sua suo suoi ci mi ti si io tu lui lei noi voi loro questo questa "
    "come quando dove perché anche ho hai ha abbiamo hanno essere stato tutto tutti già se al alla grazie",
    "Portuguese": "o a os as um uma uns umas e é são era foi não que de do da dos das em no na nos nas com por para "
    "sem sobre mas muito mais menos meu minha seu sua seus suas me te se lhe eu ele ela nós você vocês eles isso este "
    "esta isto como quando onde porque também já está estão tem ter ser há tudo todos obrigado pelo pela ao",
    "Dutch": "de het een en is zijn was waren niet geen ik jij je u hij zij ze wij we jullie mijn jouw uw ons onze "
    "hun haar hem met van naar op voor uit bij over onder maar of als omdat dat dit deze die hoe wat wie waar ook nog "
    "alleen zeer heel al altijd heeft hebben heb had wordt worden te om door er aan in dan",
    "Polish": "i w z na do od za po przez dla o u się nie jest są był była było być ale czy że to ten ta te tego tej "
    "jak co kto gdzie kiedy bo już tylko bardzo więcej mnie mi ja ty on ona oni my wy mój moja jego jej ich tak też "
    "może mam ma ze które który",
    "Swedish": "och att det som en ett den är var inte jag du han hon vi ni de mig dig oss min din sin med på av för "
    "till från om men eller när hur vad vem där här också bara mycket mer har hade kan ska skulle blir blev i så än "
    "då nu alla",
    "Danish": "og at det som en et den er var ikke jeg du han hun vi i de mig dig os min din sin med på af for til fra "
    "om men eller når hvordan hvad hvem hvor her også kun meget mere har havde kan skal skulle bliver blev så end da "
    "nu alle",
    "Turkish": "ve bir bu şu o da de mi mı ben sen biz siz onlar için ile çok daha en gibi kadar ama veya değil var "
    "yok ne neden nasıl her şey olan olarak sonra önce beni bana benim senin iyi",
    "Romanian": "și si este sunt era nu că ca de la în in cu pe pentru din dar sau foarte mai meu mea tău lui ei noi "
    "voi un o unei care ce cum când unde acest această eu tu el ea am ai are au fost să sa fi toate tot",
}
